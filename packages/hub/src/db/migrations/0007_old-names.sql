CREATE TABLE "repository_names" (
	"kind" text NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"repository" uuid NOT NULL,
	CONSTRAINT "repository_names_kind_namespace_name_pk" PRIMARY KEY("kind","namespace","name")
);
--> statement-breakpoint
ALTER TABLE "repository_names" ADD CONSTRAINT "repository_names_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "repository_names_repository_index" ON "repository_names" USING btree ("repository");