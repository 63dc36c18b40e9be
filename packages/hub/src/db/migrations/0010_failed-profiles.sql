-- Profiles that failed before versions were converted to tables: what can be read has grown since. They are ordered again
-- when somebody looks at the version.
DELETE FROM "profiles" USING "jobs"
 WHERE "jobs"."id" = "profiles"."job" AND "jobs"."state" IN ('failed', 'cancelled') AND "profiles"."profile" IS NULL
   AND NOT EXISTS (SELECT FROM "conversions"
     WHERE "conversions"."repository" = "profiles"."repository" AND "conversions"."commit" = "profiles"."commit");
