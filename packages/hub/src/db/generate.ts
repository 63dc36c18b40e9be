import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

// `npm run -w packages/hub migrations NAME`: writes what is new in schema.ts as the next migration. Those that exist are
// never rewritten: hubs have run them. Triggers are no part of the schema: they are written into a migration by hand.
const [name] = process.argv.slice(2);
if (name === undefined) throw new Error('name the migration: npm run -w packages/hub migrations NAME');
const kit = path.join(path.dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
execFileSync(process.execPath, [kit, 'generate', '--name', name], {
  cwd: path.join(import.meta.dirname, '..', '..'),
  stdio: 'inherit',
});
