/** Maps an object's values and keeps its keys in the type. */
export function mapValues<K extends string, A, B>(
  object: Record<K, A>,
  map: (value: A, key: K) => B,
): Record<K, B> {
  const entries = (Object.entries(object) as [K, A][]).map(([key, value]) => [key, map(value, key)]);
  return Object.fromEntries(entries) as Record<K, B>;
}
