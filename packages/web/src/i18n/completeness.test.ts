import { expect, it } from 'vitest';
import { de } from './de/index.ts';
import { en } from './en/index.ts';
import { fr } from './fr/index.ts';

/** Every text by its path; plural forms as one, since languages have different ones. */
function flat(texts: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string') found.set(at, value);
    else for (const [below, text] of flat(value as object, at)) found.set(below, text);
  }
  return found;
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1] ?? '').toSorted();

const english = flat(en);

for (const [name, texts] of Object.entries({ de, fr })) {
  const translated = flat(texts);

  it(`${name} says everything that English says, and nothing else`, () => {
    expect([...translated.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  it(`${name} has the same placeholders in every text`, () => {
    for (const [key, text] of translated) {
      const wanted = new Set(placeholders(english.get(key) ?? ''));
      const got = new Set(placeholders(text));
      // "A file" may do without the number.
      if (key.endsWith('_one')) [wanted, got].forEach((set) => set.delete('count'));
      expect([...got], `${name}: ${key}`).toEqual([...wanted]);
    }
  });

  it(`${name} leaves nothing in English by mistake`, () => {
    const same = [...translated].filter(
      ([key, text]) => text === english.get(key) && text.split(' ').length > 3 && /[a-z]{3}/.test(text),
    );
    expect(same.map(([key]) => key)).toEqual([]);
  });

  it(`${name} has text in every place`, () => {
    for (const [key, text] of translated) expect(text.trim(), key).not.toBe('');
  });
}
