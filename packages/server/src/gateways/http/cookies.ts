export const sessionCookie = 'volvox_session';
/** Of a visitor of a public link; below the link's address only. */
export const visitCookie = 'volvox_visit';

/** Known to one browser only, so that a log-in from another one can be told; opens nothing. */
export const deviceCookie = 'volvox_device';
/** An administrator's own session, put aside while acting as somebody else; goes to one address only. */
export const ownSessionCookie = 'volvox_own';

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

const deviceDays = 400;

export function deviceCookieHeader(device: string, secure: boolean): string {
  return `${deviceCookie}=${device}; Path=/api/v1/session; HttpOnly; SameSite=Strict; Max-Age=${deviceDays * 86_400}${secure ? '; Secure' : ''}`;
}

/** @param secret '' takes it away */
export function ownSessionCookieHeader(secret: string, secure: boolean): string {
  const ended = secret === '' ? '; Max-Age=0' : '';
  return `${ownSessionCookie}=${secret}; Path=/api/v1/session/impersonation; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}${ended}`;
}

/** @param base `/s/<token>`: the browser shows it to this link alone */
export function visitCookieHeader(secret: string, base: string, secure: boolean): string {
  return `${visitCookie}=${secret}; Path=${base}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}
