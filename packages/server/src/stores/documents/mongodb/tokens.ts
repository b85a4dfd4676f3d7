/**
 * What the search index of a name holds, and how words are found in it. One array per document: the beginnings of each word, led by `^`, and every
 * three characters that follow one another. The index has them with the document's place, so hits come out newest first, page by page.
 */
import type { Filter } from 'mongodb';
import { insideLength } from '../rules.ts';
import type { SearchRow } from './layout.ts';

/** The index knows no longer beginnings. */
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

/** One step of a search. Every token and every condition must hold. */
export interface Stage {
  /** The index is entered by one of them, best by the rarest; none: by place. */
  readonly tokens: readonly string[];
  readonly conditions: Filter<SearchRow>;
}

/** Words are letters and digits: none has a sign of regular expressions. */
const begins = (word: string): Filter<SearchRow> => ({ line: { $regex: ` ${word}` } });
const occurs = (word: string): Filter<SearchRow> => ({ line: { $regex: word } });

/** Best first. Each stage leaves out what the ones before it found. */
export function stagesOf(words: readonly string[]): readonly Stage[] {
  if (words.length === 0) return [{ tokens: [], conditions: {} }];
  const whole = ` ${words.join(' ')}`;
  const notExact = { names: { $ne: whole } };
  const allBegin = words.map(begins);
  const exact = { tokens: [], conditions: { names: whole } };
  const beginning = {
    tokens: words.map(longestBeginning),
    conditions: { $and: allBegin, ...notExact },
  };
  if (!words.some(isLong)) return [exact, beginning];
  const inside = {
    tokens: words.flatMap((word) => (isLong(word) ? gramsOf([...word]) : [longestBeginning(word)])),
    conditions: {
      $and: words.map((word) => (isLong(word) ? occurs(word) : begins(word))),
      ...notExact,
      $nor: [{ $and: allBegin }],
    },
  };
  return [exact, beginning, inside];
}

function longestBeginning(word: string): string {
  return `^${[...word].slice(0, mostBeginning).join('')}`;
}

function isLong(word: string): boolean {
  return [...word].length >= insideLength;
}
