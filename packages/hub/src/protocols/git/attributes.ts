import { text } from 'node:stream/consumers';
import { readBlob } from '../../blobs/read.ts';
import type { Services } from '../../context.ts';
import {
  type Attributes,
  readAttributes,
  saysLarge,
  usualAttributes,
  usualPatterns,
} from '../../repositories/attributes.ts';
import type { TreeFile } from '../../repositories/tree/page.ts';
import { takeTurns } from '../../repositories/turns.ts';

export const attributesPath = '.gitattributes';
/** A larger one is somebody's data, not rules. */
const largestBytes = 1 << 20;
const how = 'filter=lfs diff=lfs merge=lfs -text';

/**
 * What `.gitattributes` has to say so that Git LFS fetches each LFS file of a version: the version's own lines, and one for
 * each LFS file that those pass over. On this hub a file can be large without a rule that says so.
 */
export class LargeFiles {
  private own: string | undefined;
  private rules: Attributes = usualAttributes;
  private readonly paths = new Set<string>();
  private readonly passedOver = new Set<string>();
  private readonly services: Pick<Services, 'db' | 'blobs'>;
  constructor(services: Pick<Services, 'db' | 'blobs'>) {
    this.services = services;
  }

  note(path: string, file: TreeFile | undefined): void {
    if (file && file.gitOid === undefined) this.paths.add(path);
    else this.paths.delete(path);
    this.judge(path);
  }

  /** The version's own file is another one now, or gone. */
  async read(file: TreeFile | undefined): Promise<void> {
    const readable = file?.gitOid !== undefined && file.sizeBytes <= largestBytes;
    this.own = readable ? await text(await readBlob(this.services, file.sha256)) : undefined;
    this.rules = this.own === undefined ? usualAttributes : readAttributes(this.own);
    const turn = takeTurns();
    for (const path of this.paths) {
      this.judge(path);
      // A thousand rules for each of many files.
      await turn();
    }
  }

  private judge(path: string): void {
    if (this.paths.has(path) && !saysLarge(this.rules, path)) this.passedOver.add(path);
    else this.passedOver.delete(path);
  }

  /** The text to put in place of the version's own; undefined where that is as it should be. */
  get text(): string | undefined {
    if (this.paths.size === 0 || (this.own !== undefined && this.passedOver.size === 0)) return undefined;
    const own = this.own ?? usualPatterns.map((pattern) => `${pattern} ${how}\n`).join('');
    const lines = [...this.passedOver].sort().map((path) => `${quote(path)} ${how}\n`);
    return [own, ...(own === '' || own.endsWith('\n') ? [] : ['\n']), ...lines].join('');
  }
}

/** A pattern that fits one path alone. */
function quote(path: string): string {
  const pattern = `/${path.replaceAll(/[\\*?[]/g, String.raw`\$&`)}`;
  return /[\s"]/.test(pattern) ? `"${pattern.replaceAll(/["\\]/g, String.raw`\$&`)}"` : pattern;
}
