ALTER TABLE "workers" ALTER COLUMN "catalogue" SET DATA TYPE json;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "runtime" jsonb;