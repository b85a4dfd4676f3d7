import { uuidv7 } from 'uuidv7';

/** A new UUIDv7 (RFC 9562 section 5.7), monotonic within the process. */
export function newId(): string {
  return uuidv7();
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isId(text: string): boolean {
  return pattern.test(text);
}
