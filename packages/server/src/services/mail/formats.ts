import type { MailLanguage } from './language.ts';

/** Times in UTC, which they say: a server does not know where a recipient is. */
export interface Formats {
  time(at: number): string;
  count(value: number): string;
}

const made = new Map<MailLanguage, Formats>();

/** Formatters are costly to make, so each is made once. */
export function formatsOf(language: MailLanguage): Formats {
  let formats = made.get(language);
  if (formats === undefined) {
    const locale = language === 'en' ? 'en-GB' : language;
    const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
    const count = new Intl.NumberFormat(locale);
    formats = { time: (at) => `${time.format(at)} UTC`, count: (value) => count.format(value) };
    made.set(language, formats);
  }
  return formats;
}
