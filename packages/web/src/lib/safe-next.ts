/** Where to go after signing in: a path of this hub only, so that no link can send people elsewhere. */
export function safeNext(next: string | undefined): string {
  if (next === undefined) return '/';
  const base = 'http://hub.invalid';
  const url = URL.canParse(next, base) ? new URL(next, base) : undefined;
  return url?.origin === base && next.startsWith('/') ? `${url.pathname}${url.search}${url.hash}` : '/';
}
