CREATE TABLE "git_commits" (
	"repository" uuid NOT NULL,
	"commit" text NOT NULL,
	"oid" text NOT NULL,
	CONSTRAINT "git_commits_repository_commit_pk" PRIMARY KEY("repository","commit")
);
--> statement-breakpoint
ALTER TABLE "git_commits" ADD CONSTRAINT "git_commits_repository_commit_commits_repository_id_fk" FOREIGN KEY ("repository","commit") REFERENCES "public"."commits"("repository","id") ON DELETE cascade ON UPDATE no action;