import { isObject } from './wire.ts';

/** Attribute names are without case (RFC 7643 section 2.1). */
export function folded(value: unknown): Record<string, unknown> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toLowerCase(), each]));
}
