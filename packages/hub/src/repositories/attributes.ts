import { type Pattern, readPattern } from './patterns.ts';

/** What a `.gitattributes` says of large files: patterns in order, of which the last that matches decides. */
export type Attributes = readonly { pattern: Pattern; large: boolean }[];

/** Regular files are no larger: beyond, a file is kept as Git LFS keeps it, whatever is said of it. */
export const largestRegularBytes = 10 << 20;

/** The large-file patterns of repositories that say nothing themselves: those of Hugging Face. */
export const usualPatterns: readonly string[] =
  '*.7z *.arrow *.avro *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.lz4 *.mds *.mlmodel *.model *.msgpack *.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents* *.pcm *.sam *.raw *.aac *.flac *.mp3 *.ogg *.wav *.bmp *.gif *.png *.tiff *.jpg *.jpeg *.webp *.mp4 *.webm'.split(
    ' ',
  );

export const usualAttributes: Attributes = usualPatterns.map((pattern) => ({
  pattern: readPattern(pattern),
  large: true,
}));

const mostLines = 1000;

/** Reads a `.gitattributes` as far as `filter=lfs` goes; what Git would not understand either says nothing. */
export function readAttributes(text: string): Attributes {
  const rules = [];
  for (const line of text.split('\n', mostLines)) {
    const [pattern, ...attributes] = line.trim().split(/\s+/);
    if (pattern === undefined || pattern === '' || /^[#!]/.test(pattern)) continue;
    const filter = attributes.findLast((one) => /^[-!]?filter(=|$)/.test(one));
    if (filter !== undefined) rules.push({ pattern: readPattern(pattern), large: filter === 'filter=lfs' });
  }
  return rules;
}

/** Whether a file is to be an LFS file: by `.gitattributes`, and always beyond 10 MiB. An empty file never is. */
export function isLargeFile(attributes: Attributes, path: string, sizeBytes: number): boolean {
  if (sizeBytes === 0) return false;
  if (sizeBytes > largestRegularBytes) return true;
  return saysLarge(attributes, path);
}

/** What the last pattern that fits says; none says that it is not. */
export function saysLarge(attributes: Attributes, path: string): boolean {
  const parts = path.split('/');
  return attributes.findLast(({ pattern }) => pattern.fits(parts))?.large ?? false;
}
