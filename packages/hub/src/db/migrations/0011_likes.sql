CREATE TABLE "likes" (
	"repository" uuid NOT NULL,
	"person" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "likes_repository_person_pk" PRIMARY KEY("repository","person")
);
--> statement-breakpoint
ALTER TABLE "likes" ADD CONSTRAINT "likes_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "likes" ADD CONSTRAINT "likes_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "likes_person_index" ON "likes" USING btree ("person");