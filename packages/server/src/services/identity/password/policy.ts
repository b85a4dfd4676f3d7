/** What a new password must be like; the details of a refusal are for programs to say it in their language. */
import { AppError } from '../../../kernel/errors.ts';
import type { SettingsService } from '../../settings/api.ts';
import { commonPasswords } from './common.ts';

export type Weakness = 'too_short' | 'too_long' | 'classes' | 'login' | 'common' | 'reserved' | 'used';

export interface PolicyFacts {
  readonly minLength: number;
  /** How many of lower case, upper case, digits and other characters it must have. */
  readonly classes: number;
}

const leastBesideLogin = 8;

const classes = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u] as const;

export class PasswordPolicy {
  readonly #settings: Pick<SettingsService, 'get'>;

  constructor(settings: Pick<SettingsService, 'get'>) {
    this.#settings = settings;
  }

  facts(): PolicyFacts {
    return {
      minLength: this.#settings.get('password.minLength'),
      classes: this.#settings.get('password.classes'),
    };
  }

  /** @param login in lower case @throws invalid_input with details.reason */
  check(password: string, login: string): void {
    const { minLength, classes: wanted } = this.facts();
    const length = [...password].length;
    if (length < minLength)
      throw weak('too_short', `a password has at least ${minLength} characters`, minLength);
    if (length > 1024) throw weak('too_long', 'a password has at most 1024 characters');
    if (password.startsWith('vvx_')) throw weak('reserved', 'passwords that begin with "vvx_" are reserved');
    const lower = password.toLowerCase();
    if (lower === login) throw weak('login', 'the password must differ from the login');
    // The login gives nothing to guess: what is left without it must be worth guessing.
    const besides = [...lower.replaceAll(login, '')].length;
    if (login.length >= 4 && lower.includes(login) && besides < leastBesideLogin)
      throw weak('login', 'the password has too little besides the login');
    if (classes.filter((kind) => kind.test(password)).length < wanted)
      throw weak(
        'classes',
        `a password has characters of at least ${wanted} of these kinds: small and capital letters, digits, others`,
        wanted,
      );
    if (this.#settings.get('password.refuseCommon') && commonPasswords.has(lower))
      throw weak('common', 'this password is one of those that are tried first');
  }
}

/** @param least what there must be of it, where the reason is a number */
export function weak(reason: Weakness, message: string, least?: number): AppError {
  const details = { reason, ...(least === undefined ? {} : { least }) };
  return new AppError('invalid_input', message, { details });
}
