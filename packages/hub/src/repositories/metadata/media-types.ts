/** Media types of data and models, in the words that mlcroissant and RO-Crate's readers know. */
const types: Record<string, string> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  jsonl: 'application/jsonlines',
  ndjson: 'application/jsonlines',
  parquet: 'application/x-parquet',
  arrow: 'application/vnd.apache.arrow.file',
  txt: 'text/plain',
  md: 'text/markdown',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  xml: 'application/xml',
  html: 'text/html',
  cff: 'application/yaml',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  svg: 'image/svg+xml',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  mp4: 'video/mp4',
  zip: 'application/zip',
  tar: 'application/x-tar',
  npy: 'application/x-npy',
  py: 'text/x-python',
  ipynb: 'application/x-ipynb+json',
};

/** By the end of a name; a table that is packed with gzip is still a table to those who read it. */
export function mediaTypeOf(path: string): string {
  const name = path.toLowerCase().replace(/^.*\//, '');
  const [, extension = '', packed] = /\.([a-z0-9]+)(\.gz)?$/.exec(name) ?? [];
  const type = Object.hasOwn(types, extension) ? types[extension] : undefined;
  return (
    type ?? (packed === undefined && extension !== 'gz' ? 'application/octet-stream' : 'application/gzip')
  );
}
