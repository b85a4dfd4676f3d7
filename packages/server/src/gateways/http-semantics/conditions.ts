import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './dates.ts';

/** What a condition is held against: the selected representation, or null where there is none. */
export interface Representation {
  /** Strong, with quotes. */
  readonly etag: string;
  readonly modifiedAt: number;
}

type ConditionHeaders = Pick<
  IncomingHttpHeaders,
  'if-match' | 'if-none-match' | 'if-modified-since' | 'if-unmodified-since'
>;

/**
 * Preconditions in the order of RFC 9110 section 13.2.2. A GET of something that is not there is answered 404 before
 * this is asked. @returns the status that ends the request, or null to go on
 */
export function evaluate(
  method: string,
  headers: ConditionHeaders,
  current: Representation | null,
): { readonly status: 304 | 412 } | null {
  const reading = method === 'GET' || method === 'HEAD';
  const ifMatch = headers['if-match'];
  const ifUnmodified = headers['if-unmodified-since'];
  if (ifMatch !== undefined) {
    if (current === null || !lists(ifMatch, current.etag, 'strong')) return { status: 412 };
  } else if (ifUnmodified !== undefined && current !== null) {
    const date = parseHttpDate(ifUnmodified);
    if (date !== null && wholeSeconds(current.modifiedAt) > date) return { status: 412 };
  }
  const ifNoneMatch = headers['if-none-match'];
  const ifModified = headers['if-modified-since'];
  if (ifNoneMatch !== undefined) {
    if (current !== null && lists(ifNoneMatch, current.etag, 'weak')) return { status: reading ? 304 : 412 };
  } else if (ifModified !== undefined && reading && current !== null) {
    const date = parseHttpDate(ifModified);
    if (date !== null && wholeSeconds(current.modifiedAt) <= date) return { status: 304 };
  }
  return null;
}

/** Whether any header of the request asks for `evaluate`; most requests have none. */
export function isConditional(headers: ConditionHeaders): boolean {
  return (
    headers['if-match'] !== undefined ||
    headers['if-none-match'] !== undefined ||
    headers['if-modified-since'] !== undefined ||
    headers['if-unmodified-since'] !== undefined
  );
}

/** If-Range (RFC 9110 section 13.1.5): whether a Range header may be honoured. A date must be the very same one. */
export function rangeApplies(
  ifRange: string | readonly string[] | undefined,
  current: Representation,
): boolean {
  if (ifRange === undefined) return true;
  if (typeof ifRange !== 'string') return false;
  const text = ifRange.trim();
  if (text.startsWith('"')) return text === current.etag;
  const date = parseHttpDate(text);
  return date !== null && date === wholeSeconds(current.modifiedAt);
}

const listItem = /(W\/)?"([^"]*)"|([^\s,"]+)/g;

/** Tags without quotes, as some scripts send them, are compared as if they had them. */
function lists(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  for (const [, weak, quoted, bare] of header.matchAll(listItem)) {
    if (weak !== undefined && comparison === 'strong') continue;
    if (`"${quoted ?? bare}"` === etag) return true;
  }
  return false;
}

function wholeSeconds(ms: number): number {
  return ms - (ms % 1000);
}
