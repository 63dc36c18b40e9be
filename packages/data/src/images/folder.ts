import type { InputFile } from '../import/source.ts';

export const isImage = (name: string): boolean => /\.(png|jpe?g|gif|webp)$/i.test(name);
export const isImageMetadata = (name: string): boolean => /(^|\/)metadata\.(csv|jsonl|parquet)$/i.test(name);

/** The folders right above the images, when there are several: their names are the classes. */
export function classesOf(pictures: readonly InputFile[]): string[] | undefined {
  const names = [...new Set(pictures.map(({ name }) => classOf(name)))].sort();
  return names.length > 1 && names.length <= 10_000 && !names.includes('') ? names : undefined;
}

export const classOf = (name: string): string => name.split('/').at(-2) ?? '';

/** The folder that a metadata file lies in, whose images it names from there: "" or ending with a slash. */
export const folderOf = (name: string): string => name.replace(/[^/]*$/, '');
