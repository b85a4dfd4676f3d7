import { AppError } from '../../kernel/errors.ts';

const namePattern = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const maxBytes = 64 * 1024;

export function isSecretName(name: string): boolean {
  return namePattern.test(name);
}

/** @throws invalid_input */
export function checkSecretName(name: string): void {
  if (!isSecretName(name)) throw new AppError('invalid_input', `not a name of a secret: "${name}"`);
}

/** @throws invalid_input for more than 64 KiB and for text that UTF-8 can't hold; shows nothing of the value */
export function checkSecretValue(name: string, value: string): void {
  if (!value.isWellFormed())
    throw new AppError('invalid_input', `the value of "${name}" is no well-formed text`);
  if (Buffer.byteLength(value) > maxBytes)
    throw new AppError('invalid_input', `the value of "${name}" is larger than 64 KiB`);
}
