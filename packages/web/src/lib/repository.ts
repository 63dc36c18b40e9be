/** `namespace/name` in its two parts, as routes take them. */
export function splitPath(path: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = path.split('/');
  return { namespace, name };
}
