CREATE TABLE "discussion_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"repository" uuid NOT NULL,
	"number" integer NOT NULL,
	"author" text NOT NULL,
	"content" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "discussions" (
	"repository" uuid NOT NULL,
	"number" integer NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"status" text NOT NULL,
	"author" text NOT NULL,
	"branch" text,
	"merge_commit" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "discussions_repository_number_pk" PRIMARY KEY("repository","number")
);
--> statement-breakpoint
ALTER TABLE "discussion_events" ADD CONSTRAINT "discussion_events_repository_number_discussions_repository_number_fk" FOREIGN KEY ("repository","number") REFERENCES "public"."discussions"("repository","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "discussions" ADD CONSTRAINT "discussions_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "discussion_events_repository_number_index" ON "discussion_events" USING btree ("repository","number");