import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** A file inside an installed package, also when the package does not export it. */
export function packageFile(name: string, path: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Error(`The package ${name} is not installed: run npm ci.`);
  return join(dirname(manifest), path);
}
