/** What a search by text means, alike in every driver: which words count, and what a document's name is without its extension. */
import type { SearchDocument } from './contract.ts';
import { folded, words } from './folding.ts';

/** Words of a query beyond these are not looked at. */
const mostWords = 16;
/** A word of fewer characters is found by its beginning only. */
export const insideLength = 3;

/** The words to look for; `null` where the text has signs only and finds nothing, rather than everything. */
export function soughtWords(text = ''): readonly string[] | null {
  const sought = words(text).slice(0, mostWords);
  return sought.length === 0 && text.trim() !== '' ? null : sought;
}

/** The name's words in one line, and the same without the extension (the whole where nothing else is left). */
export function foldedName(document: Pick<SearchDocument, 'name' | 'kind' | 'extension'>): {
  readonly line: string;
  readonly stem: string;
} {
  const { name, kind, extension } = document;
  const line = folded(name);
  if (extension === '' || kind === 'folder') return { line, stem: line };
  const stem = folded(name.slice(0, -extension.length - 1));
  return { line, stem: stem === '' ? line : stem };
}
