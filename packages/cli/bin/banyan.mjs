#!/usr/bin/env node
// Runs on any Node from 20.19: hands over to the pinned Node and packages/cli/src/main.ts. The bootstrap it goes
// through keeps the working directory, forwards signals and exits with the command's code.
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
process.argv.splice(2, 0, '--no-web', 'packages/cli/src/main.ts');
await import(pathToFileURL(resolve(root, 'scripts/bootstrap.mjs')).href);
