/** First and last byte, both included and both inside the content. */
export interface SatisfiableRange {
  readonly start: number;
  readonly end: number;
}

const single = /^bytes=\s*(?:(\d+)-(\d*)|-(\d+))\s*$/i;

/**
 * A Range header (RFC 9110 section 14.2) against a content of `size` bytes. Null means: send the whole, as for other
 * units, malformed values and lists of several ranges, all of which a server may ignore.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): SatisfiableRange | 'unsatisfiable' | null {
  if (header === undefined) return null;
  const match = single.exec(header);
  if (!match) return null;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) {
    const length = Number(suffix);
    if (length === 0) return 'unsatisfiable';
    return size === 0 ? null : { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  const end = last === undefined || last === '' ? size - 1 : Number(last);
  if (last !== undefined && last !== '' && end < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size - 1) };
}

/** The Content-Range of a 206, or of a 416 where `range` is null. */
export function contentRange(range: SatisfiableRange | null, size: number): string {
  return range === null ? `bytes */${size}` : `bytes ${range.start}-${range.end}/${size}`;
}
