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

/** A new UUIDv7 (RFC 9562 section 5.7), monotonic within the process. */
export function newId(): string {
  return generator.generate().toString();
}

/** A new id that sorts after those, though the clock of the node that made them may be ahead of ours. */
export function newIdAfter(...previous: readonly (string | null)[]): string {
  const id = newId();
  const last = previous.reduce<string>((most, each) => (each !== null && each > most ? each : most), '');
  if (id > last) return id;
  const time = (Number.parseInt(last.slice(0, 8) + last.slice(9, 13), 16) + 1).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${id.slice(13)}`;
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isId(text: string): boolean {
  return pattern.test(text);
}
