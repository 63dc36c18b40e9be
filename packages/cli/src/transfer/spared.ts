import { formatBytes } from '../amounts.ts';

/** `1.0 GB`, or `12.4 MB of 1.0 GB sent, the rest was there`. */
export const spared = (total: number, moved: number, verb: 'sent' | 'received'): string =>
  moved >= total
    ? formatBytes(total)
    : moved === 0
      ? `${formatBytes(total)}, all of it was there`
      : `${formatBytes(moved)} of ${formatBytes(total)} ${verb}, the rest was there`;
