import type { Credentials } from '../../services/identity/api.ts';

/**
 * What the Authorization header says. Cookies are never looked at here: a browser sends them along for any page that
 * asks, and WebDAV clients have none.
 */
export function parseAuthorization(header: string | undefined): Credentials | null {
  const match = header === undefined ? null : /^(basic|bearer) +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header);
  if (match === null) return null;
  const [, scheme = '', value = ''] = match;
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', secret: value };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { kind: 'basic', login: text.slice(0, colon), secret: text.slice(colon + 1) };
}
