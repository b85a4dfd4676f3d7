import { AppError } from './errors.ts';

/**
 * Parses a JSON file of ours. The parser's own error is left out on purpose: it quotes the text, which may be secret.
 * @throws corrupt naming file, line and column, and what to do
 */
export function parseJsonFile(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const before = text.slice(0, damageAt(text)).split('\n');
    const column = (before.at(-1) ?? '').length + 1;
    throw damagedFile(path, `no valid JSON at line ${before.length}, column ${column}`);
  }
}

export function damagedFile(path: string, why: string): AppError {
  return new AppError(
    'corrupt',
    `${path} is damaged: ${why}. It was left as it is: restore it from a backup, or move it away to begin with an empty one.`,
  );
}

/** Reads named values out of parsed JSON, refusing everything of another type. */
export class JsonReader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  object(value: unknown, at: string): { readonly [key: string]: unknown } {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.wrong(at, 'an object');
    return { ...value };
  }

  list(value: unknown, at: string): readonly unknown[] {
    if (!Array.isArray(value)) throw this.wrong(at, 'a list');
    return value;
  }

  text(value: unknown, at: string): string {
    if (typeof value !== 'string') throw this.wrong(at, 'text');
    return value;
  }

  integer(value: unknown, at: string): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.wrong(at, 'a number from 0');
    return value;
  }

  /** @throws unsupported for a file of a later program, corrupt for any other file */
  head(value: unknown, kind: string, format: number): { readonly [key: string]: unknown } {
    const head = this.object(value, 'the file');
    if (head['volvox'] !== kind) throw this.wrong('"volvox"', `"${kind}"`);
    if (this.integer(head['format'], '"format"') > format) {
      throw new AppError('unsupported', `${this.#path} was written by a newer version of Volvox`);
    }
    return head;
  }

  wrong(at: string, expected: string): AppError {
    return damagedFile(this.#path, `${at} is not ${expected}`);
  }
}

/** V8 names no position for most errors; the longest start that only lacks its end gives it. */
function damageAt(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (onlyLacksItsEnd(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function onlyLacksItsEnd(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return /^Unexpected end|^Unterminated/.test(message) || message.includes(`at position ${text.length} `);
  }
}
