CREATE TABLE "conversions" (
	"repository" uuid NOT NULL,
	"commit" text NOT NULL,
	"converted" text,
	"problems" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "conversions_repository_commit_pk" PRIMARY KEY("repository","commit")
);
--> statement-breakpoint
CREATE TABLE "data_tables" (
	"repository" uuid NOT NULL,
	"commit" text NOT NULL,
	"config" text NOT NULL,
	"split" text NOT NULL,
	"part" integer NOT NULL,
	"place" integer NOT NULL,
	"path" text NOT NULL,
	"sha256" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"rows" bigint NOT NULL,
	"features" jsonb NOT NULL,
	CONSTRAINT "data_tables_repository_commit_config_split_part_pk" PRIMARY KEY("repository","commit","config","split","part")
);
--> statement-breakpoint
ALTER TABLE "conversions" ADD CONSTRAINT "conversions_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "data_tables" ADD CONSTRAINT "data_tables_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "data_tables_sha256_index" ON "data_tables" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "jobs_query" ON "jobs" USING btree (("order"->>'key')) WHERE kind = 'query';