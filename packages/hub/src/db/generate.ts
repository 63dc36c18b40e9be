import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

// Writes the one initial migration anew from schema.ts and triggers.sql. Once a version is released, migrations are
// added, never rewritten: then this script loses its `rmSync`.
const here = import.meta.dirname;
const folder = path.join(here, 'migrations');
rmSync(folder, { recursive: true, force: true });
const kit = path.join(path.dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
execFileSync(process.execPath, [kit, 'generate', '--name', 'initial'], {
  cwd: path.join(here, '..', '..'),
  stdio: 'inherit',
});
const [migration] = readdirSync(folder).filter((name) => name.endsWith('.sql'));
if (!migration) throw new Error('drizzle-kit wrote no migration');
const triggers = readFileSync(path.join(here, 'triggers.sql'), 'utf8');
appendFileSync(path.join(folder, migration), `\n--> statement-breakpoint\n${triggers}`);
