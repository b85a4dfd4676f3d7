/** Where a log-in leads afterwards: a path of this very site, or home. Everything that a browser could read as another place is refused. */
export function safeNext(wanted: string | null): string {
  if (wanted === null || !wanted.startsWith('/') || /[\\\p{Cc}\s]/u.test(wanted)) return '/';
  const site = 'https://here.invalid';
  const url = URL.canParse(wanted, site) ? new URL(wanted, site) : null;
  // What is compared is what the browser would go to: "//host" and "/\host" are other hosts to it.
  if (url === null || url.origin !== site || url.pathname.startsWith('//')) return '/';
  return url.pathname + url.search + url.hash;
}

/** Pages that the server itself draws, outside of this application. */
export function isServersOwn(path: string): boolean {
  return /^\/(?:oidc|auth|api|dav|s)\//.test(path);
}
