CREATE TABLE "tree_pages" (
	"repository" uuid NOT NULL,
	"hash" text NOT NULL,
	"level" smallint NOT NULL,
	"paths" json NOT NULL,
	"rest" json NOT NULL,
	CONSTRAINT "tree_pages_repository_hash_pk" PRIMARY KEY("repository","hash")
);
--> statement-breakpoint
DROP INDEX "repositories_kind_namespace_name_index";--> statement-breakpoint
ALTER TABLE "commits" ALTER COLUMN "tree" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "blobs" ADD COLUMN "git_oid" text;--> statement-breakpoint
ALTER TABLE "commits" ADD COLUMN "description" text;--> statement-breakpoint
ALTER TABLE "commits" ADD COLUMN "root" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "tree_pages" ADD CONSTRAINT "tree_pages_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "repositories_name" ON "repositories" USING btree ("kind","namespace",lower("name"));--> statement-breakpoint
CREATE INDEX "commits_repository_parent_index" ON "commits" USING btree ("repository","parent");--> statement-breakpoint
CREATE INDEX "commits_unconverted" ON "commits" USING btree ("created_at") WHERE root = '';