import { type FileHandle, open } from 'node:fs/promises';
import { BIGINT, BLOB, DuckDBBlobValue, DuckDBDataChunk } from '@duckdb/node-api';
import { DataError } from '../error.ts';
import type { Tables } from '../table.ts';
import type { Source } from './source.ts';

interface IdxFile extends Source {
  /** [count] for labels, [count, height, width] for images. */
  dimensions: number[];
}

const chunkRows = 2048;

/**
 * Reads IDX files (the format of MNIST: http://yann.lecun.com/exdb/mnist/) into a table with columns `image` (BLOB,
 * one uint8 a pixel, row by row) and, when label files are given, `label`. Images and labels are paired by name, or by
 * order when the names say nothing.
 * @returns the shape of one image.
 */
export async function importIdx(
  tables: Tables,
  sources: readonly Source[],
  table: string,
): Promise<number[]> {
  const files = sources.map(readHeader);
  const images = files.filter((file) => file.dimensions.length > 1);
  const labels = files.filter((file) => file.dimensions.length === 1);
  const [first] = images;
  if (!first) {
    throw new DataError('format', `${files[0]?.name} holds labels only; give the file with the images too`, {
      file: files[0]?.name,
    });
  }
  const shape = first.dimensions.slice(1);
  for (const file of images) {
    if (file.dimensions.slice(1).join() !== shape.join()) {
      throw new DataError(
        'format',
        `${file.name} has images of ${file.dimensions.slice(1).join(' x ')}, ${first.name} of ${shape.join(' x ')}; they must be alike`,
      );
    }
  }
  const pairs = pair(images, labels);
  const withLabels = labels.length > 0;
  await tables.run(`CREATE TABLE ${table} (image BLOB${withLabels ? ', label BIGINT' : ''})`);
  for (const { image, label } of pairs) await tables.append(table, readPair(image, label));
  return shape;
}

/** The magic number (two zeros, a type code, the number of dimensions), then each dimension in 4 bytes, big-endian. */
function readHeader(source: Source): IdxFile {
  const count = source.head[3] ?? 0;
  if (source.head[2] !== 8) {
    throw new DataError('format', `${source.name}: only IDX files of unsigned bytes are read (type 0x08)`, {
      file: source.name,
    });
  }
  if (source.head.length < 4 + 4 * count)
    throw new DataError('format', `${source.name} ends within its header`, { file: source.name });
  const dimensions = Array.from({ length: count }, (_, i) => source.head.readUInt32BE(4 + 4 * i));
  // Images without pixels would cost the file nothing, and a table of four billion rows everything.
  if (dimensions.includes(0))
    throw new DataError('empty', `${source.name} holds nothing: its header says ${dimensions.join(' x ')}`, {
      file: source.name,
    });
  const expected = 4 + 4 * count + dimensions.reduce((product, size) => product * size, 1);
  if (source.sizeBytes !== expected) {
    throw new DataError(
      'format',
      `${source.name} has ${source.sizeBytes} bytes, its header (${dimensions.join(' x ')}) promises ${expected}; download it again`,
      { file: source.name, expected, found: source.sizeBytes },
    );
  }
  return { ...source, dimensions };
}

function pair(
  images: readonly IdxFile[],
  labels: readonly IdxFile[],
): { image: IdxFile; label: IdxFile | undefined }[] {
  if (labels.length === 0) return images.map((image) => ({ image, label: undefined }));
  if (labels.length !== images.length) {
    throw new DataError(
      'format',
      `${images.length} files of images and ${labels.length} of labels were given; give one of labels for each of images`,
    );
  }
  const byName = new Map(labels.map((label) => [stem(label.name), label]));
  const named = images.every((image) => byName.has(stem(image.name))) && byName.size === labels.length;
  return images.map((image, i) => {
    const label = named ? byName.get(stem(image.name)) : labels[i];
    if (label?.dimensions[0] !== image.dimensions[0]) {
      throw new DataError(
        'format',
        `${image.name} has ${image.dimensions[0]} images, ${label?.name} has ${label?.dimensions[0]} labels; they do not belong together`,
      );
    }
    return { image, label };
  });
}

/** What train-images-idx3-ubyte and train-labels-idx1-ubyte have in common. */
function stem(name: string): string {
  return name.toLowerCase().replace(/images?|labels?|idx\d?|ubyte|[^a-z0-9]/g, '');
}

async function* readPair(image: IdxFile, label: IdxFile | undefined): AsyncGenerator<DuckDBDataChunk> {
  const [count = 0, ...shape] = image.dimensions;
  const sizeBytes = shape.reduce((product, size) => product * size, 1);
  const pixels = await open(image.path);
  const classes = label ? await open(label.path) : undefined;
  try {
    for (let row = 0; row < count; row += chunkRows) {
      const rows = Math.min(chunkRows, count - row);
      const bytes = await readAt(pixels, 4 + 4 * image.dimensions.length + row * sizeBytes, rows * sizeBytes);
      const blobs = Array.from(
        { length: rows },
        (_, i) => new DuckDBBlobValue(bytes.subarray(i * sizeBytes, (i + 1) * sizeBytes)),
      );
      const chunk = DuckDBDataChunk.create(classes ? [BLOB, BIGINT] : [BLOB], rows);
      chunk.setColumnValues(0, blobs);
      if (classes) chunk.setColumnValues(1, Array.from(await readAt(classes, 8 + row, rows), BigInt));
      yield chunk;
    }
  } finally {
    await pixels.close();
    await classes?.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
