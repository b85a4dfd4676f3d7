import { AppError } from '../../kernel/errors.ts';

/** One address, without a name: no white space, no control characters, nothing that begins another header or recipient. */
const address = /^[^\s@<>(),;:"\\[\]\p{Cc}]{1,64}@[^\s@<>(),;:"\\[\]\p{Cc}]{1,255}$/u;

export function isMailAddress(text: string): boolean {
  return text.length <= 254 && address.test(text);
}

/** @throws invalid_input */
export function checkAddress(text: string): string {
  if (isMailAddress(text)) return text;
  throw new AppError('invalid_input', 'that is no mail address', { details: { reason: 'mail_address' } });
}

/** Text for one line of a header: whatever could end the line becomes a blank. */
export function headerText(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 200);
}
