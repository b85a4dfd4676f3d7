export const sessionCookie = 'volvox_session';

/** The first cookie of that name; null if absent. */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  for (const part of header.split(';')) {
    const cut = part.indexOf('=');
    if (cut > 0 && part.slice(0, cut).trim() === name) {
      const value = part.slice(cut + 1).trim();
      return value === '' ? null : value;
    }
  }
  return null;
}

/** @param expiresAt null: gone when the browser closes */
export function sessionCookieHeader(secret: string, secure: boolean, expiresAt: number | null): string {
  const expires = expiresAt === null ? '' : `; Expires=${new Date(expiresAt).toUTCString()}`;
  return `${sessionCookie}=${secret}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${expires}`;
}

export function clearedCookieHeader(secure: boolean): string {
  return sessionCookieHeader('', secure, 0);
}
