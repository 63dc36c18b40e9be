/** What a `.gitattributes` says of large files: patterns in order, of which the last that matches decides. */
export type Attributes = readonly { pattern: string; large: boolean }[];

/** Regular files are no larger: beyond, a file is kept as Git LFS keeps it, whatever is said of it. */
export const largestRegularBytes = 10 << 20;

/** The large-file patterns of repositories that say nothing themselves: those of Hugging Face. */
export const usualPatterns: readonly string[] =
  '*.7z *.arrow *.avro *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.lz4 *.mds *.mlmodel *.model *.msgpack *.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents* *.pcm *.sam *.raw *.aac *.flac *.mp3 *.ogg *.wav *.bmp *.gif *.png *.tiff *.jpg *.jpeg *.webp *.mp4 *.webm'.split(
    ' ',
  );

export const usualAttributes: Attributes = usualPatterns.map((pattern) => ({ pattern, large: true }));

const mostLines = 1000;

/** Reads a `.gitattributes` as far as `filter=lfs` goes; what Git would not understand either says nothing. */
export function readAttributes(text: string): Attributes {
  const rules = [];
  for (const line of text.split('\n', mostLines)) {
    const [pattern, ...attributes] = line.trim().split(/\s+/);
    if (pattern === undefined || pattern === '' || /^[#!]/.test(pattern)) continue;
    const filter = attributes.findLast((one) => /^[-!]?filter(=|$)/.test(one));
    if (filter !== undefined) rules.push({ pattern, large: filter === 'filter=lfs' });
  }
  return rules;
}

/** Whether a file is to be an LFS file: by `.gitattributes`, and always beyond 10 MiB. An empty file never is. */
export function isLargeFile(attributes: Attributes, path: string, sizeBytes: number): boolean {
  if (sizeBytes === 0) return false;
  if (sizeBytes > largestRegularBytes) return true;
  return attributes.findLast(({ pattern }) => matchesPattern(pattern, path))?.large ?? false;
}

/** Git's patterns: without a slash for a name in any folder, else for the whole path; `**` is any number of folders. */
export function matchesPattern(pattern: string, path: string): boolean {
  const parts = path.split('/');
  const wanted = pattern.replace(/^\//, '').split('/');
  if (wanted.length === 1 && !pattern.startsWith('/'))
    return matchesName(wanted[0] ?? '', parts.at(-1) ?? '');
  // reach[i]: the patterns so far fit the first i parts.
  let reach = parts.map(() => false).concat(false);
  reach[0] = true;
  for (const [index, name] of wanted.entries()) {
    const many = name === '**';
    const last = index === wanted.length - 1;
    const next = reach.map(() => false);
    for (const [at, here] of reach.entries()) {
      if (many) next[at] = (here && !last) || (at > 0 && (next[at - 1] === true || reach[at - 1] === true));
      else if (here && at < parts.length && matchesName(name, parts[at] ?? '')) next[at + 1] = true;
    }
    reach = next;
  }
  return reach[parts.length] === true;
}

/** `*`, `?` and `[...]` within one name; in time proportional to both lengths. */
function matchesName(pattern: string, name: string): boolean {
  let [at, position, star, starAt] = [0, 0, -1, 0];
  while (position < name.length) {
    const step = pattern[at] === '*' ? undefined : fits(pattern, at, name[position] ?? '');
    if (pattern[at] === '*') [star, starAt, at] = [at, position, at + 1];
    else if (step !== undefined) [at, position] = [at + step, position + 1];
    else if (star >= 0) [at, starAt, position] = [star + 1, starAt + 1, starAt + 1];
    else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** How many characters of the pattern stand for this one of the name; undefined when they do not. */
function fits(pattern: string, at: number, character: string): number | undefined {
  const one = pattern[at];
  if (one === undefined) return undefined;
  if (one === '?') return 1;
  if (one === '\\' && at + 1 < pattern.length) return pattern[at + 1] === character ? 2 : undefined;
  const end = one === '[' ? pattern.indexOf(']', at + 2) : -1;
  if (end < 0) return one === character ? 1 : undefined;
  const set = pattern.slice(at + 1, end);
  const not = /^[!^]/.test(set);
  return inSet(not ? set.slice(1) : set, character) === not ? undefined : end + 1 - at;
}

function inSet(set: string, character: string): boolean {
  for (let index = 0; index < set.length; index += 1) {
    const from = set[index] ?? '';
    const to = set[index + 1] === '-' ? set[index + 2] : undefined;
    if (to === undefined ? character === from : character >= from && character <= to) return true;
    if (to !== undefined) index += 2;
  }
  return false;
}
