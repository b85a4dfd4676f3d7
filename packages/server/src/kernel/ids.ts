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

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isId(text: string): boolean {
  return pattern.test(text);
}
