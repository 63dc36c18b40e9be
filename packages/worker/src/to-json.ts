import type { Json } from '@banyan/contract';

/** A plain copy fit for the wire: what JSON cannot say (NaN, infinities) becomes null, a bigint a number, an undefined field goes. */
export function toJson(value: unknown): Json {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? Number(item) : item,
  );
  return text === undefined ? null : (JSON.parse(text) as Json);
}
