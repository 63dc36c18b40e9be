import { exponential } from '@banyan/engine';
import { meanOf, type Statistic } from './bootstrap.ts';

/**
 * loss (nats per token), perplexity = e^loss, and bits_per_byte = loss / ln 2 / bytes per token, which compares models
 * with different tokenisers. `nats` [N] is the mean loss of each window of equally many tokens.
 */
export function textMetrics(nats: Float32Array, bytesPerToken: number): Record<string, Statistic> {
  const loss = meanOf(nats);
  return {
    loss,
    perplexity: (rows) => exponential(loss(rows)),
    bits_per_byte: (rows) => loss(rows) / Math.LN2 / bytesPerToken,
  };
}
