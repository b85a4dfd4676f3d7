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

export function checkPassword(password: string, login: string): void {
  const length = [...password].length;
  if (length < 8) throw new AppError('invalid_input', 'a password has at least 8 characters');
  if (length > 1024) throw new AppError('invalid_input', 'a password has at most 1024 characters');
  if (password.toLowerCase() === login)
    throw new AppError('invalid_input', 'the password must differ from the login');
  if (password.startsWith('vvx_'))
    throw new AppError('invalid_input', 'passwords that begin with "vvx_" are reserved');
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

/** Of groups and of tokens. */
export function checkLabel(label: string): string {
  const trimmed = label.normalize('NFC').trim();
  if (trimmed === '' || trimmed.length > 100 || /\p{Cc}/u.test(trimmed)) {
    throw new AppError('invalid_input', 'a name has 1 to 100 characters and no control characters');
  }
  return trimmed;
}

/** Without case and accents. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
