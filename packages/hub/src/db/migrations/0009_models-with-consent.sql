ALTER TABLE "grants" RENAME COLUMN "dataset" TO "repository";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_one_resource";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_dataset_repositories_id_fk";
--> statement-breakpoint
DROP INDEX "grants_dataset_index";--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "grants_repository_index" ON "grants" USING btree ("repository");--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_one_resource" CHECK (num_nonnulls("grants"."repository", "grants"."site") = 1);