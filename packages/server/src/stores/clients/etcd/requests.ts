/** Words for etcd's requests and answers: keys as text, revisions as numbers. */
import type { ICompare, IRangeRequest, IRangeResponse, IRequestOp, IResponseOp } from 'etcd3';

/** All keys from `from` up to, not including, `to`; only `from` where `to` is null. */
export interface KeyRange {
  readonly from: string;
  readonly to: string | null;
}

export interface Found {
  readonly key: string;
  readonly value: Buffer;
  /** Of its last change. */
  readonly revision: number;
  /** Of its creation. */
  readonly created: number;
}

export const oneKey = (key: string): KeyRange => ({ from: key, to: null });

/** All keys that begin with `text`. */
export function startingWith(text: string): KeyRange {
  const last = text.charCodeAt(text.length - 1);
  return { from: text, to: text.slice(0, -1) + String.fromCharCode(last + 1) };
}

export function bounds(range: KeyRange): { key: Buffer; range_end?: Buffer } {
  const key = Buffer.from(range.from);
  return range.to === null ? { key } : { key, range_end: Buffer.from(range.to) };
}

export function rangeOf(
  range: KeyRange,
  options: Omit<IRangeRequest, 'key' | 'range_end'> = {},
): IRangeRequest {
  return { ...bounds(range), ...options };
}

export const read = (range: KeyRange, options?: Omit<IRangeRequest, 'key' | 'range_end'>): IRequestOp => ({
  request_range: rangeOf(range, options),
});

export const put = (key: string, value: string, lease?: string): IRequestOp => ({
  request_put: {
    key: Buffer.from(key),
    value: Buffer.from(value),
    ...(lease === undefined ? {} : { lease }),
  },
});

export const remove = (range: KeyRange): IRequestOp => ({ request_delete_range: bounds(range) });

/** That the key has not changed since `revision`; 0: that it does not exist. */
export const unchanged = (key: string, revision: number): ICompare => ({
  ...bounds(oneKey(key)),
  target: 'Mod',
  result: 'Equal',
  mod_revision: revision,
});

/** That no key in the range has changed after `revision`. */
export const noneAfter = (range: KeyRange, revision: number): ICompare => ({
  ...bounds(range),
  target: 'Mod',
  result: 'Less',
  mod_revision: revision + 1,
});

export function foundIn(response: IRangeResponse | undefined): readonly Found[] {
  return (response?.kvs ?? []).map((kv) => ({
    key: kv.key.toString(),
    value: kv.value,
    revision: Number(kv.mod_revision),
    created: Number(kv.create_revision),
  }));
}

/** What the read at this place of a transaction found. */
export function readAt(responses: readonly IResponseOp[], index: number): readonly Found[] {
  return foundIn(responses[index]?.response_range);
}
