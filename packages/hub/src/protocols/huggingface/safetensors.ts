import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { readBlob } from '../../blobs/read.ts';
import type { Context } from '../../context.ts';

/** A larger header belongs to a model of tens of thousands of tensors: not read to show a number. */
const headerBytes = 2 << 20;
const prefixBytes = 8;

const tensors = z.record(
  z.string(),
  z.object({ dtype: z.string().optional(), shape: z.array(z.number().int().nonnegative()).optional() }),
);

/**
 * How many parameters of which type a safetensors file has, from its header: 8 bytes of length, then JSON
 * (https://huggingface.co/docs/safetensors). Undefined for what is none.
 */
export async function readSafetensors(
  ctx: Context,
  file: { sha256: string; sizeBytes: number },
): Promise<{ parameters: Record<string, number>; total: number } | undefined> {
  if (file.sizeBytes <= prefixBytes) return undefined;
  const bytes = async (start: number, end: number) =>
    buffer(await readBlob(ctx, file.sha256, { start, end: Math.min(end, file.sizeBytes - 1) }));
  const length = Number((await bytes(0, prefixBytes - 1)).readBigUInt64LE());
  if (length === 0 || length > headerBytes || length + prefixBytes > file.sizeBytes) return undefined;
  const text = String(await bytes(prefixBytes, prefixBytes + length - 1));
  const header = tensors.safeParse(parse(text));
  if (!header.success) return undefined;
  const parameters = new Map<string, number>();
  let total = 0;
  for (const { dtype, shape } of Object.values(header.data)) {
    if (dtype === undefined || shape === undefined) continue;
    const count = shape.reduce((product, size) => product * size, 1);
    parameters.set(dtype, (parameters.get(dtype) ?? 0) + count);
    total += count;
  }
  return { parameters: Object.fromEntries(parameters), total };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
