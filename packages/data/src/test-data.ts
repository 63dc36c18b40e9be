import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { InputFile } from './import/source.ts';

const require = createRequire(import.meta.url);

/** A file of a package of real data. */
export function realFile(packageName: string, path: string): InputFile {
  const full = join(packageFolder(packageName), path);
  return { path: full, name: basename(full) };
}

/** All files of a folder of a package whose names fit. */
export function realFiles(packageName: string, folder: string, pattern: RegExp): InputFile[] {
  const full = join(packageFolder(packageName), folder);
  return readdirSync(full)
    .filter((name) => pattern.test(name))
    .map((name) => ({ path: join(full, name), name }));
}

function packageFolder(name: string): string {
  const folders = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name));
  const found = folders.find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'banyan data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Files with this content, by name, in a folder of their own. */
export function writeFiles(contents: Record<string, string | Uint8Array>): InputFile[] {
  const folder = temporaryFolder();
  return Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return { path, name };
  });
}
