/**
 * What the search index of a name holds, and how words are found in it. One array per document: the beginnings of each word, led by `^`, and every
 * three characters that follow one another. The index has them with the document's place, so hits come out newest first, page by page.
 */
import type { Filter } from 'mongodb';
import { insideLength } from '../rules.ts';
import type { SearchRow } from './layout.ts';

/** Longer beginnings are looked for by so many characters, and the hits looked at. */
const mostBeginning = 8;

/** @param line words, each led by a space (folding.ts) */
export function tokensOf(line: string): readonly string[] {
  const tokens = new Set<string>();
  for (const word of line.split(' ')) {
    const letters = [...word];
    const most = Math.min(letters.length, mostBeginning);
    for (let length = 1; length <= most; length++) tokens.add(`^${letters.slice(0, length).join('')}`);
    for (const gram of gramsOf(letters)) tokens.add(gram);
  }
  return [...tokens];
}

function gramsOf(letters: readonly string[]): readonly string[] {
  const grams: string[] = [];
  for (let end = insideLength; end <= letters.length; end++)
    grams.push(letters.slice(end - insideLength, end).join(''));
  return grams;
}

interface Sought {
  readonly tokens: readonly string[];
  /** Must occur in the line, for what the tokens leave open; null where they say all. Letters and digits: no sign of an expression. */
  readonly look: string | null;
}

function beginning(word: string): Sought {
  const letters = [...word];
  const tokens = [`^${letters.slice(0, mostBeginning).join('')}`];
  return { tokens, look: letters.length > mostBeginning ? ` ${word}` : null };
}

function inside(word: string): Sought {
  const letters = [...word];
  return {
    tokens: gramsOf(letters),
    look: letters.length > insideLength ? word : null,
  };
}

/** Every one of them. Long tokens first: they are rare, and the index is entered by the first. */
function all(sought: readonly Sought[]): Filter<SearchRow> {
  const tokens = new Set(sought.flatMap((one) => one.tokens));
  const looks = sought.flatMap(({ look }) => (look === null ? [] : [{ line: { $regex: look } }]));
  return {
    tokens: { $all: [...tokens].sort((a, b) => b.length - a.length) },
    ...(looks.length === 0 ? {} : { $and: looks }),
  };
}

/** The stages of a search, best first; null for one that finds nothing. Each leaves out what the ones before it found. */
export function stagesOf(words: readonly string[]): readonly (Filter<SearchRow> | null)[] {
  if (words.length === 0) return [{}];
  const whole = ` ${words.join(' ')}`;
  const begins = all(words.map(beginning));
  const isLong = (word: string): boolean => [...word].length >= insideLength;
  const anywhere = all(words.map((word) => (isLong(word) ? inside(word) : beginning(word))));
  const notExact = { names: { $ne: whole } };
  return [
    { names: whole },
    { ...begins, ...notExact },
    words.some(isLong) ? { ...anywhere, ...notExact, $nor: [begins] } : null,
  ];
}
