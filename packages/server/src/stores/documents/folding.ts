/** How text becomes words that can be compared: no case, no accents, letters and digits only. The same for names and for queries. */

/** What Unicode does not take apart, but a reader does. */
const plain: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ĸ: 'k',
  ŋ: 'n',
  ς: 'σ',
};
const special = new RegExp(`[${Object.keys(plain).join('')}]`, 'g');
/** Scripts written without spaces: each sign is a word, so that one finds a word in the middle of others. */
const spaceless = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu;
const separators = /[^\p{L}\p{N}]+/u;
const asciiOnly = /^[\0-\x7f]*$/;

export function words(text: string): readonly string[] {
  const lower = text.toLowerCase();
  if (asciiOnly.test(lower)) return lower.split(/[^a-z0-9]+/).filter((word) => word !== '');
  return lower
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(special, (sign) => plain[sign] ?? sign)
    .replace(spaceless, ' $& ')
    .split(separators)
    .filter((word) => word !== '');
}

/** Words each led by a space: ` word` inside tells a word's beginning, `word` any place. */
export function folded(text: string): string {
  return joined(words(text));
}

export function joined(list: readonly string[]): string {
  return list.length === 0 ? '' : ` ${list.join(' ')}`;
}
