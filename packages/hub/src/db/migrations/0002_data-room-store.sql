CREATE TABLE "hub_secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"secret" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "upload_parts" (
	"session" uuid NOT NULL,
	"number" integer NOT NULL,
	CONSTRAINT "upload_parts_session_number_pk" PRIMARY KEY("session","number")
);
--> statement-breakpoint
CREATE TABLE "upload_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"uploader" uuid NOT NULL,
	"size_bytes" bigint NOT NULL,
	"part_bytes" integer NOT NULL,
	"sha256" text,
	"verified_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "blob_segments" (
	"sha256" text NOT NULL,
	"offset_bytes" bigint NOT NULL,
	"size_bytes" bigint NOT NULL,
	"xorb" bigint NOT NULL,
	"chunk_start" integer NOT NULL,
	"chunk_end" integer NOT NULL,
	CONSTRAINT "blob_segments_sha256_offset_bytes_pk" PRIMARY KEY("sha256","offset_bytes")
);
--> statement-breakpoint
CREATE TABLE "xorb_chunks" (
	"hash" "bytea" NOT NULL,
	"xorb" bigint NOT NULL,
	"index" integer NOT NULL,
	CONSTRAINT "xorb_chunks_hash_xorb_pk" PRIMARY KEY("hash","xorb")
);
--> statement-breakpoint
CREATE TABLE "xorb_uploads" (
	"xorb" bigint NOT NULL,
	"uploader" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "xorb_uploads_xorb_uploader_pk" PRIMARY KEY("xorb","uploader")
);
--> statement-breakpoint
CREATE TABLE "xorbs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "xorbs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"hash" text NOT NULL,
	"sha256" text NOT NULL,
	"chunks" "bytea" NOT NULL,
	"orphaned_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "xorbs_hash_unique" UNIQUE("hash"),
	CONSTRAINT "xorbs_sha256_unique" UNIQUE("sha256")
);
--> statement-breakpoint
ALTER TABLE "blobs" ADD COLUMN "assembled" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "upload_parts" ADD CONSTRAINT "upload_parts_session_upload_sessions_id_fk" FOREIGN KEY ("session") REFERENCES "public"."upload_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blob_segments" ADD CONSTRAINT "blob_segments_sha256_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."blobs"("sha256") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blob_segments" ADD CONSTRAINT "blob_segments_xorb_xorbs_id_fk" FOREIGN KEY ("xorb") REFERENCES "public"."xorbs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "xorb_uploads" ADD CONSTRAINT "xorb_uploads_xorb_xorbs_id_fk" FOREIGN KEY ("xorb") REFERENCES "public"."xorbs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "xorbs" ADD CONSTRAINT "xorbs_sha256_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."blobs"("sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "upload_sessions_uploader_index" ON "upload_sessions" USING btree ("uploader");--> statement-breakpoint
CREATE INDEX "upload_sessions_expires_at_index" ON "upload_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "blob_segments_xorb_index" ON "blob_segments" USING btree ("xorb");