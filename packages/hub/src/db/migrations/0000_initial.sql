CREATE TABLE "blobs" (
	"sha256" text PRIMARY KEY NOT NULL,
	"size_bytes" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"sha256" text NOT NULL,
	"uploader" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "uploads_sha256_uploader_pk" PRIMARY KEY("sha256","uploader")
);
--> statement-breakpoint
CREATE TABLE "deployments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"project" text NOT NULL,
	"model" text NOT NULL,
	"commit" text NOT NULL,
	"visibility" text NOT NULL,
	"job" uuid NOT NULL,
	"stopped" boolean DEFAULT false NOT NULL,
	"manifest" jsonb,
	"metadata" jsonb,
	"requests" bigint DEFAULT 0 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "deployments_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" uuid,
	"site" uuid,
	"subject" text NOT NULL,
	"purpose" text NOT NULL,
	"algorithms" text[],
	"state" text NOT NULL,
	"requested_by" uuid NOT NULL,
	"decided_by" uuid,
	"note" text,
	"until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "grants_one_resource" CHECK (num_nonnulls("grants"."dataset", "grants"."site") = 1)
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"namespace" text NOT NULL,
	"title" text NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"order" jsonb NOT NULL,
	"inputs" jsonb NOT NULL,
	"algorithm" text,
	"wanted_site" text,
	"sites" text[],
	"attempt" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer DEFAULT 5 NOT NULL,
	"run_at" timestamp (3) with time zone NOT NULL,
	"lease_token" text,
	"lease_until" timestamp (3) with time zone,
	"worker" uuid,
	"site" uuid,
	"cancel_requested" boolean DEFAULT false NOT NULL,
	"progress" jsonb,
	"checkpoint" jsonb,
	"error" jsonb,
	"result" jsonb,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"attempt_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"sequence" bigint PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text,
	"action" text NOT NULL,
	"namespace" text,
	"subject" text NOT NULL,
	"details" jsonb NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organisations" (
	"slug" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"country" text,
	"homepage" text
);
--> statement-breakpoint
CREATE TABLE "namespaces" (
	"slug" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code_hash" text NOT NULL,
	"namespace" text,
	"role" text,
	"invited_by" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"used_by" uuid,
	CONSTRAINT "invitations_codeHash_unique" UNIQUE("code_hash")
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"namespace" text NOT NULL,
	"person" uuid NOT NULL,
	"role" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "memberships_namespace_person_pk" PRIMARY KEY("namespace","person")
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" uuid PRIMARY KEY NOT NULL,
	"username" text NOT NULL,
	"name" text NOT NULL,
	"biography" text,
	"expertise" text[] DEFAULT '{}' NOT NULL,
	"languages" text[] DEFAULT '{}' NOT NULL,
	"orcid" text,
	"administrator" boolean DEFAULT false NOT NULL,
	"password_hash" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "people_username_unique" UNIQUE("username")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"person" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sessions_secretHash_unique" UNIQUE("secret_hash")
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"person" uuid,
	"site" uuid,
	"name" text NOT NULL,
	"scope" text DEFAULT 'write' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "tokens_secretHash_unique" UNIQUE("secret_hash"),
	CONSTRAINT "tokens_one_holder" CHECK (num_nonnulls("tokens"."person", "tokens"."site") = 1)
);
--> statement-breakpoint
CREATE TABLE "project_organisations" (
	"project" text NOT NULL,
	"organisation" text NOT NULL,
	CONSTRAINT "project_organisations_project_organisation_pk" PRIMARY KEY("project","organisation")
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"slug" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"visibility" text DEFAULT 'private' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"title" text DEFAULT '' NOT NULL,
	"visibility" text DEFAULT 'private' NOT NULL,
	"licence" text,
	"terms" jsonb NOT NULL,
	"sources" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "commits" (
	"repository" uuid NOT NULL,
	"id" text NOT NULL,
	"parent" text,
	"message" text NOT NULL,
	"author" text NOT NULL,
	"run" uuid,
	"tree" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "commits_repository_id_pk" PRIMARY KEY("repository","id")
);
--> statement-breakpoint
CREATE TABLE "profiles" (
	"repository" uuid NOT NULL,
	"commit" text NOT NULL,
	"job" uuid NOT NULL,
	"profile" jsonb,
	"rows" jsonb,
	CONSTRAINT "profiles_repository_commit_pk" PRIMARY KEY("repository","commit")
);
--> statement-breakpoint
CREATE TABLE "refs" (
	"repository" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"commit" text NOT NULL,
	CONSTRAINT "refs_repository_name_pk" PRIMARY KEY("repository","name")
);
--> statement-breakpoint
CREATE TABLE "repository_blobs" (
	"repository" uuid NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "repository_blobs_repository_sha256_pk" PRIMARY KEY("repository","sha256")
);
--> statement-breakpoint
CREATE TABLE "log_lines" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"job" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"level" text NOT NULL,
	"message" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "metric_chunks" (
	"run" uuid NOT NULL,
	"name" text NOT NULL,
	"first_step" bigint NOT NULL,
	"last_step" bigint NOT NULL,
	"count" integer NOT NULL,
	"steps" "bytea" NOT NULL,
	"values" "bytea" NOT NULL,
	"min_step" bigint NOT NULL,
	"min" double precision NOT NULL,
	"max_step" bigint NOT NULL,
	"max" double precision NOT NULL,
	CONSTRAINT "metric_chunks_run_name_first_step_pk" PRIMARY KEY("run","name","first_step")
);
--> statement-breakpoint
CREATE TABLE "metric_points" (
	"run" uuid NOT NULL,
	"name" text NOT NULL,
	"step" bigint NOT NULL,
	"value" double precision NOT NULL,
	CONSTRAINT "metric_points_run_name_step_pk" PRIMARY KEY("run","name","step")
);
--> statement-breakpoint
CREATE TABLE "races" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"title" text NOT NULL,
	"dataset" text NOT NULL,
	"dataset_commit" text NOT NULL,
	"metric" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"number" integer NOT NULL,
	"name" text NOT NULL,
	"spec" jsonb NOT NULL,
	"dataset_commit" text NOT NULL,
	"model_commit" text,
	"job" uuid NOT NULL,
	"race" uuid,
	"evaluation" jsonb,
	"baseline" jsonb,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "runs_job_unique" UNIQUE("job"),
	CONSTRAINT "runs_project_number_unique" UNIQUE("project","number")
);
--> statement-breakpoint
CREATE TABLE "sites" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"organisation" text,
	"title" text DEFAULT '' NOT NULL,
	"policy" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sites_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"site" uuid NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"host" jsonb NOT NULL,
	"kinds" text[] NOT NULL,
	"slots" integer NOT NULL,
	"catalogue" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_sha256_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."blobs"("sha256") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_project_namespaces_slug_fk" FOREIGN KEY ("project") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_job_jobs_id_fk" FOREIGN KEY ("job") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_dataset_repositories_id_fk" FOREIGN KEY ("dataset") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_site_sites_id_fk" FOREIGN KEY ("site") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_subject_namespaces_slug_fk" FOREIGN KEY ("subject") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_requested_by_people_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_decided_by_people_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_namespace_namespaces_slug_fk" FOREIGN KEY ("namespace") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_worker_workers_id_fk" FOREIGN KEY ("worker") REFERENCES "public"."workers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_site_sites_id_fk" FOREIGN KEY ("site") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organisations" ADD CONSTRAINT "organisations_slug_namespaces_slug_fk" FOREIGN KEY ("slug") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_namespace_namespaces_slug_fk" FOREIGN KEY ("namespace") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_invited_by_people_id_fk" FOREIGN KEY ("invited_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_used_by_people_id_fk" FOREIGN KEY ("used_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_namespace_namespaces_slug_fk" FOREIGN KEY ("namespace") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people" ADD CONSTRAINT "people_username_namespaces_slug_fk" FOREIGN KEY ("username") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_site_sites_id_fk" FOREIGN KEY ("site") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_organisations" ADD CONSTRAINT "project_organisations_project_projects_slug_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("slug") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_organisations" ADD CONSTRAINT "project_organisations_organisation_organisations_slug_fk" FOREIGN KEY ("organisation") REFERENCES "public"."organisations"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_slug_namespaces_slug_fk" FOREIGN KEY ("slug") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repositories" ADD CONSTRAINT "repositories_namespace_namespaces_slug_fk" FOREIGN KEY ("namespace") REFERENCES "public"."namespaces"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commits" ADD CONSTRAINT "commits_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profiles" ADD CONSTRAINT "profiles_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refs" ADD CONSTRAINT "refs_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repository_blobs" ADD CONSTRAINT "repository_blobs_repository_repositories_id_fk" FOREIGN KEY ("repository") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repository_blobs" ADD CONSTRAINT "repository_blobs_sha256_blobs_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."blobs"("sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "log_lines" ADD CONSTRAINT "log_lines_job_jobs_id_fk" FOREIGN KEY ("job") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_chunks" ADD CONSTRAINT "metric_chunks_run_runs_id_fk" FOREIGN KEY ("run") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_points" ADD CONSTRAINT "metric_points_run_runs_id_fk" FOREIGN KEY ("run") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "races" ADD CONSTRAINT "races_project_projects_slug_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_project_projects_slug_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_job_jobs_id_fk" FOREIGN KEY ("job") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_race_races_id_fk" FOREIGN KEY ("race") REFERENCES "public"."races"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_organisation_organisations_slug_fk" FOREIGN KEY ("organisation") REFERENCES "public"."organisations"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workers" ADD CONSTRAINT "workers_site_sites_id_fk" FOREIGN KEY ("site") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "uploads_uploader_index" ON "uploads" USING btree ("uploader");--> statement-breakpoint
CREATE INDEX "deployments_project_index" ON "deployments" USING btree ("project");--> statement-breakpoint
CREATE INDEX "grants_dataset_index" ON "grants" USING btree ("dataset");--> statement-breakpoint
CREATE INDEX "grants_site_index" ON "grants" USING btree ("site");--> statement-breakpoint
CREATE INDEX "grants_subject_index" ON "grants" USING btree ("subject");--> statement-breakpoint
CREATE INDEX "jobs_state_priority_run_at_index" ON "jobs" USING btree ("state","priority","run_at");--> statement-breakpoint
CREATE INDEX "jobs_namespace_index" ON "jobs" USING btree ("namespace");--> statement-breakpoint
CREATE INDEX "jobs_worker_index" ON "jobs" USING btree ("worker");--> statement-breakpoint
CREATE INDEX "ledger_namespace_sequence_index" ON "ledger" USING btree ("namespace","sequence");--> statement-breakpoint
CREATE INDEX "ledger_actor_index" ON "ledger" USING btree ("actor");--> statement-breakpoint
CREATE INDEX "memberships_person_index" ON "memberships" USING btree ("person");--> statement-breakpoint
CREATE UNIQUE INDEX "repositories_kind_namespace_name_index" ON "repositories" USING btree ("kind","namespace","name");--> statement-breakpoint
CREATE INDEX "repositories_namespace_index" ON "repositories" USING btree ("namespace");--> statement-breakpoint
CREATE INDEX "repository_blobs_sha256_index" ON "repository_blobs" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "log_lines_job_id_index" ON "log_lines" USING btree ("job","id");--> statement-breakpoint
CREATE INDEX "races_project_index" ON "races" USING btree ("project");--> statement-breakpoint
CREATE INDEX "runs_race_index" ON "runs" USING btree ("race");--> statement-breakpoint
CREATE INDEX "workers_site_index" ON "workers" USING btree ("site");
--> statement-breakpoint
-- What drizzle cannot declare; appended to the generated migration by generate.ts.
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
