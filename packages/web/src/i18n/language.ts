/** Which language a page speaks. It is chosen once, before anything is drawn; choosing another loads the page anew. */
export const languages = { en: 'English', de: 'Deutsch', fr: 'Français' } as const;
export type Language = keyof typeof languages;

const kept = 'volvox.language';

function isLanguage(text: string): text is Language {
  return Object.hasOwn(languages, text);
}

/** What was chosen on this device, else the first of the browser's languages that there is, else English. */
function pick(): Language {
  const chosen = globalThis.localStorage?.getItem(kept) ?? '';
  if (isLanguage(chosen)) return chosen;
  for (const wish of globalThis.navigator?.languages ?? []) {
    const short = wish.slice(0, 2).toLowerCase();
    if (isLanguage(short)) return short;
  }
  return 'en';
}

export const language: Language = pick();

/** For dates, sizes and lists: the browser's own variant (de-AT, en-GB) of the language, where it has one. */
export const locale: string =
  (globalThis.navigator?.languages ?? []).find((wish) => wish.toLowerCase().startsWith(language)) ?? language;

export function chooseLanguage(next: Language): void {
  localStorage.setItem(kept, next);
  if (next !== language) location.reload();
}
