import { exactNumber } from '../pooled/values.ts';

/** From the server's text to a value of ours. */
export type Decoder = (text: string, column: string) => unknown;

const asText: Decoder = (text) => text;
const asNumber: Decoder = (text) => Number(text);
const decoders = new Map<number, Decoder>([
  [16, (text) => (text === 't' ? 1 : 0)], // bool
  [17, (text) => Buffer.from(text.slice(2), 'hex')], // bytea, `\x...`
  [20, exactNumber], // int8
  [21, asNumber], // int2
  [23, asNumber], // int4
  [26, asNumber], // oid
  [700, asNumber], // float4
  [701, asNumber], // float8
  [1700, exactNumber], // numeric: sums of int8
]);

/** By the number of the type in the server's catalogue; what is not listed stays text. */
export function decoderOf(type: number): Decoder {
  return decoders.get(type) ?? asText;
}

/** A bound value as pg sends it: text, or bytes as they are. */
export function encode(value: unknown): string | Buffer | null {
  if (typeof value === 'string') return value;
  if (value === null) return null;
  if (value instanceof Buffer) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return String(value);
}

/** The literal of an array, for `= any($1)`. */
export function encodeList(values: readonly string[] | readonly number[]): string {
  const items = values.map((value) =>
    typeof value === 'number' ? String(value) : `"${value.replace(/[\\"]/g, '\\$&')}"`,
  );
  return `{${items.join(',')}}`;
}
