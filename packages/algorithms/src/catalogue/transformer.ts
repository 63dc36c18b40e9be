import { checkpointed, reshape, type Tensor, transpose } from '@banyan/engine';
import type { GptConfig } from './gpt-config.ts';

/** How queries, keys and values [B, H, T, D / H] of a block become what it read; `layer` counts from 0. */
export type Attend = (q: Tensor, k: Tensor, v: Tensor, layer: number) => Tensor;

/** What training adds to the residual stream's additions: silenced units. */
export type Silence = (x: Tensor, site: string) => Tensor;

/** What a style of decoder is written on: ids [B, T] and positions that broadcast to them (0 .. T - 1 if absent). */
export interface Block {
  config: GptConfig;
  vocabulary: number;
  ids: Tensor;
  positions: Tensor | undefined;
  attend: Attend;
  silence: Silence;
}

/** [B, T, heads * d] as [B, heads, T, d]. */
export const headsOf = (x: Tensor, heads: number): Tensor =>
  transpose(reshape(x, [...x.shape.slice(0, 2), heads, (x.shape[2] as number) / heads]), [0, 2, 1, 3]);

/** Each block adds twice to the stream; smaller first weights keep its variance (Radford et al., 2019). */
export const intoStream = ({ layers }: GptConfig): number => 0.02 / Math.sqrt(2 * layers);

/** A block h to h, whose values are kept for backward or computed again there, as the configuration says. */
export const blockOf = (
  { checkpointing }: GptConfig,
  block: (h: Tensor) => Tensor,
): ((h: Tensor) => Tensor) => (checkpointing ? checkpointed(block) : block);
