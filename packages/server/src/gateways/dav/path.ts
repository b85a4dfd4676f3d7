import { AppError } from '../../kernel/errors.ts';
import { Refusal } from './errors.ts';

/** The one place where text of a URL becomes names, and names become text of a URL again. */

/** A place below `/dav`: the first segment is a workspace's slug; no segments: the list of workspaces. */
export interface DavPath {
  readonly segments: readonly string[];
  /** Whether it was written with a slash at its end. */
  readonly slash: boolean;
}

export const prefix = 'dav';

/** The target of a request line. @throws invalid_input for anything that two readers could take for two places */
export function parseTarget(target: string): DavPath {
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const query = path.indexOf('?');
  const parsed = parsePath(query < 0 ? path : path.slice(0, query));
  if (parsed === null) throw new AppError('not_found', 'this is not below /dav');
  return parsed;
}

/**
 * The Destination header (RFC 4918 section 10.3), absolute or only a path. `hosts` are the names this server answers to;
 * the scheme does not count, since a proxy may speak TLS for it. @throws Refusal 502 for another server
 */
export function parseDestination(header: string | undefined, hosts: readonly string[]): DavPath {
  if (header === undefined) throw new AppError('invalid_input', 'a Destination header is needed');
  const text = header.trim();
  const absolute = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(text);
  if (absolute === null && !text.startsWith('/'))
    throw new AppError('invalid_input', 'the Destination is neither a URL nor a path');
  const [, scheme = '', authority = '', rest = text] = absolute ?? [];
  if (absolute !== null && !isOwn(scheme, authority, hosts)) throw elsewhere();
  if (rest.includes('?')) throw new AppError('invalid_input', 'the Destination must not have a query');
  const parsed = parsePath(rest);
  if (parsed === null) throw elsewhere();
  return parsed;
}

function elsewhere(): Refusal {
  return new Refusal(502, 'unsupported', 'the Destination is not on this server');
}

function isOwn(scheme: string, authority: string, hosts: readonly string[]): boolean {
  const protocol = scheme.toLowerCase();
  if (protocol !== 'http' && protocol !== 'https') return false;
  const host = normalHost(authority.slice(authority.lastIndexOf('@') + 1));
  return hosts.some((own) => normalHost(own) === host);
}

function normalHost(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)?$/, '');
}

/** @returns null where the first segment is not ours */
function parsePath(path: string): DavPath | null {
  // Other bytes than visible ASCII must come percent-encoded (RFC 3986); a fragment never belongs here.
  if (/[^\x21-\x7e]|[#?]/.test(path))
    throw new AppError('invalid_input', 'the path has characters that must be percent-encoded');
  const segments: string[] = [];
  for (const raw of path.split('/')) if (raw !== '') segments.push(decodeSegment(raw));
  if (segments.shift() !== prefix) return null;
  return { segments, slash: path.endsWith('/') };
}

/** Decodes once; what a second decoding would make of it does not matter, since nobody does one. */
function decodeSegment(raw: string): string {
  if (!raw.includes('%')) return checkDots(raw);
  let name: string;
  try {
    name = decodeURIComponent(raw);
  } catch {
    throw new AppError('invalid_input', 'the path has a bad percent-encoding (UTF-8 is expected)');
  }
  if (/[\x00-\x1f\x7f/]/.test(name))
    throw new AppError('invalid_input', 'a name in the path has an encoded slash or control character');
  return checkDots(name);
}

function checkDots(name: string): string {
  if (name === '.' || name === '..') throw new AppError('invalid_input', 'the path has "." or ".." in it');
  return name;
}

const plain = /^[A-Za-z0-9\-_.~!'()*]*$/;

export function encodeSegment(name: string): string {
  return plain.test(name) ? name : encodeURIComponent(name);
}

/** `/dav/common/a%20b`, with the slash at the end that RFC 4918 section 5.2 wants for folders. */
export function hrefOf(slug: string, names: readonly string[], isFolder: boolean): string {
  let href = `/${prefix}/${encodeSegment(slug)}`;
  for (const name of names) href += `/${encodeSegment(name)}`;
  return isFolder ? `${href}/` : href;
}
