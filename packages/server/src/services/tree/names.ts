/** Names of nodes: what is allowed, how they sort, how a free one is found. No SQL here. */
import { AppError } from '../../kernel/errors.ts';

const maxNameBytes = 255;
const maxKeyLength = 160;
const maxFoldedLength = 400;
const plainAscii = /^[\x20-\x2e\x30-\x7e]+$/;
const forbidden = /[/\u0000-\u001f\u007f-\u009f]/u;

/** @returns the name as it is @throws invalid_input saying which rule it breaks */
export function checkName(raw: string): string {
  if (plainAscii.test(raw)) {
    if (raw.length > maxNameBytes) throw badName('too_long');
    if (raw === '.' || raw === '..') throw badName('dots');
    return raw;
  }
  if (raw === '') throw badName('empty');
  if (!raw.isWellFormed()) throw badName('lone_surrogate');
  if (forbidden.test(raw)) throw badName('forbidden_character');
  if (Buffer.byteLength(raw) > maxNameBytes || Buffer.byteLength(nameKey(raw)) > maxNameBytes) {
    throw badName('too_long');
  }
  return raw;
}

/** What names are looked up by and unique by. macOS sends NFD, most others NFC: to people both are the same name. */
export function nameKey(name: string): string {
  return plainAscii.test(name) ? name : name.normalize('NFC');
}

function badName(rule: 'empty' | 'dots' | 'too_long' | 'forbidden_character' | 'lone_surrogate'): AppError {
  const message =
    'a name has 1 to 255 bytes of UTF-8, no "/", no control characters, and is neither "." nor ".."';
  return new AppError('invalid_input', message, { details: { reason: 'name', rule } });
}

export interface NameKeys {
  readonly nameKey: string;
  /** Orders by binary comparison: digits by value, case and accents apart from that ignored. */
  readonly sortKey: string;
  /** The folded name for "contains"; null where it equals the sort key. */
  readonly folded: string | null;
}

export function keysOf(name: string): NameKeys {
  const folded = fold(name);
  const sortKey = cut(folded.replace(/[0-9]+/g, numberKey), maxKeyLength);
  return {
    nameKey: nameKey(name),
    sortKey,
    folded: folded === sortKey ? null : cut(folded, maxFoldedLength),
  };
}

const unmarked: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ß: 'ss',
  ς: 'σ',
};

/** Lower case, without accents. Letters that Unicode does not take apart are spelled out. */
export function fold(text: string): string {
  if (plainAscii.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[øłđæœıßς]/g, (letter) => unmarked[letter] ?? letter);
}

/** A run of digits with its length in front: longer numbers sort later. `1`..`9` for the length, then `:` and a letter. */
function numberKey(run: string): string {
  const digits = run.replace(/^0+(?=.)/, '');
  const { length } = digits;
  return length < 10
    ? `${length}${digits}`
    : `:${String.fromCharCode(0x30 + Math.min(length - 10, 70))}${digits}`;
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/** Every `base (n).ext` of a name lies in this range of a binary comparison. */
export function numberedRange(name: string, folder: boolean): { readonly from: string; readonly to: string } {
  const { base } = split(name, folder);
  return {
    from: `${cutBytes(base, maxBaseBytes(name, folder))} (`,
    to: `${cutBytes(base, maxBaseBytes(name, folder))} )`,
  };
}

/** `name (2).ext`, or the first higher number that is not taken. `taken`: keys */
export function numberedName(name: string, folder: boolean, taken: ReadonlySet<string>): string {
  const { base, extension } = split(name, folder);
  const stem = cutBytes(base, maxBaseBytes(name, folder));
  for (let n = 2; ; n++) {
    const candidate = `${stem} (${n})${extension}`;
    if (!taken.has(nameKey(candidate))) return candidate;
  }
}

const numberBytes = ' (1234567)'.length;

function maxBaseBytes(name: string, folder: boolean): number {
  return maxNameBytes - numberBytes - Buffer.byteLength(split(name, folder).extension);
}

function split(name: string, folder: boolean): { base: string; extension: string } {
  const dot = folder ? -1 : name.lastIndexOf('.');
  if (dot <= 0 || name.length - dot > 17) return { base: name, extension: '' };
  return { base: name.slice(0, dot), extension: name.slice(dot) };
}

function cutBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let used = 0;
  let result = '';
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) return result;
    result += character;
  }
  return result;
}
