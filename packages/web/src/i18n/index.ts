import i18next, { type Resource } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/index.ts';
import { language } from './language.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

/** Other languages are chunks of their own; what one of them lacks is said in English. */
const others = {
  de: async () => (await import('./de/index.ts')).de,
  fr: async () => (await import('./fr/index.ts')).fr,
} as const;

async function resources(): Promise<Resource> {
  const known: Resource = { en: { translation: en } };
  if (language !== 'en') known[language] = { translation: await others[language]() };
  return known;
}

/** To be awaited before any text is asked for: `main.tsx` does. */
export const textsReady = resources().then((known) =>
  i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: known,
    interpolation: { escapeValue: false },
    initAsync: false,
  }),
);

export const t = i18next.t.bind(i18next);
