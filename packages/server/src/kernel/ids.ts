import { V7Generator } from 'uuidv7';

/** Random numbers in stock: asking the system for each id's few bytes costs more than the rest of the id. */
const stock = new Uint32Array(1024);
let next = stock.length;

const generator = new V7Generator({
  nextUint32() {
    if (next >= stock.length) {
      crypto.getRandomValues(stock);
      next = 0;
    }
    return stock[next++] ?? 0;
  },
});

const digits = Buffer.from('0123456789abcdef');
const text = Buffer.from('00000000-0000-0000-0000-000000000000');
/** Where each of the 16 bytes stands in it. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** A new UUIDv7 (RFC 9562 section 5.7), monotonic within the process. */
export function newId(): string {
  const { bytes } = generator.generate();
  // The library joins 36 strings, which makes a kilobyte of garbage.
  for (const [index, place] of places.entries()) {
    const byte = bytes[index] ?? 0;
    text[place] = digits[byte >> 4] ?? 0;
    text[place + 1] = digits[byte & 15] ?? 0;
  }
  return text.toString('latin1');
}

/** A new id that sorts after those, though the clock of the node that made them may be ahead of ours. */
export function newIdAfter(...previous: readonly (string | null)[]): string {
  const id = newId();
  const last = previous.reduce<string>((most, each) => (each !== null && each > most ? each : most), '');
  if (id > last) return id;
  const time = (timeOf(last) + 1).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${id.slice(13)}`;
}

/** When a UUIDv7 was made, ms since 1970; NaN of anything too short or not hexadecimal. */
export function timeOf(id: string): number {
  return id.length < 13 ? NaN : Number(`0x${id.slice(0, 8)}${id.slice(9, 13)}`);
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isId(text: string): boolean {
  return pattern.test(text);
}
