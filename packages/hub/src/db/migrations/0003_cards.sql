ALTER TABLE "repositories" ADD COLUMN "card" jsonb;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "summary" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "repositories_tags_index" ON "repositories" USING gin ("tags");