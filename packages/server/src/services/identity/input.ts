/** The rules of what people type: logins, passwords, names. */
import { AppError } from '../../kernel/errors.ts';

/** Tested before lower-casing: the Kelvin sign would become a k. */
const loginPattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** Logins are compared without case; '' stands for what cannot be a login. */
export function canonicalLogin(login: string): string {
  return loginPattern.test(login) ? login.toLowerCase() : '';
}

export function checkLogin(login: string): string {
  const canonical = canonicalLogin(login);
  if (canonical !== '') return canonical;
  throw new AppError(
    'invalid_input',
    'a login has 1 to 64 letters, digits, ".", "_", "@" or "-" and begins with a letter or digit',
  );
}

export function checkDisplayName(name: string, login: string): string {
  const trimmed = name.normalize('NFC').trim();
  if (trimmed.length > 200 || /\p{Cc}/u.test(trimmed)) {
    throw new AppError(
      'invalid_input',
      'a display name has at most 200 characters and no control characters',
    );
  }
  return trimmed === '' ? login : trimmed;
}

export function checkEmail(email: string | null): string | null {
  const trimmed = email?.trim() ?? '';
  if (trimmed === '') return null;
  if (trimmed.length > 254 || !/^[^\s@]+@[^\s@]+$/.test(trimmed) || /\p{Cc}/u.test(trimmed)) {
    throw new AppError('invalid_input', 'this is not an e-mail address');
  }
  return trimmed;
}

const locales: ReadonlySet<string> = new Set(['en', 'de', 'fr']);

export function checkLocale(locale: string | null): string | null {
  if (locale === null || locales.has(locale)) return locale;
  throw new AppError('invalid_input', `the languages are ${[...locales].join(', ')}`);
}

/** ms since 1970. The last admin would lock everybody out by the clock. */
export function checkEnd(expiresAt: number | null, admin: boolean): number | null {
  if (expiresAt !== null && admin) throw new AppError('invalid_input', 'an admin has no end date');
  return expiresAt;
}

export const attributeName = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;

/** At most 50, each of at most 200 characters. */
export function checkAttributes(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(given);
  const sound = entries.every(
    ([name, value]) =>
      attributeName.test(name) && typeof value === 'string' && value.length <= 200 && !/\p{Cc}/u.test(value),
  );
  if (sound && entries.length <= 50) return Object.fromEntries(entries);
  throw new AppError('invalid_input', 'attributes are at most 50 names with texts of at most 200 characters');
}

export function checkDescription(text: string): string {
  const trimmed = text.normalize('NFC').trim();
  if (trimmed.length > 1000 || /[^\P{Cc}\n\t]/u.test(trimmed))
    throw new AppError('invalid_input', 'a description has at most 1000 characters');
  return trimmed;
}

/** Of groups and of tokens. */
export function checkLabel(label: string): string {
  const trimmed = label.normalize('NFC').trim();
  if (trimmed === '' || trimmed.length > 100 || /\p{Cc}/u.test(trimmed)) {
    throw new AppError('invalid_input', 'a name has 1 to 100 characters and no control characters');
  }
  return trimmed;
}
