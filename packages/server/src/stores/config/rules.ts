import { AppError } from '../../kernel/errors.ts';
import type { Json } from './contract.ts';

const keyPattern = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const maxBytes = 64 * 1024;

export function isConfigKey(key: string): boolean {
  return keyPattern.test(key);
}

/** @throws invalid_input */
export function checkConfigKey(key: string): void {
  if (!isConfigKey(key)) throw new AppError('invalid_input', `not a configuration key: "${key}"`);
}

/** @throws invalid_input */
export function checkConfigPrefix(prefix: string): void {
  if (prefix !== '') checkConfigKey(prefix);
}

export function isBelow(key: string, prefix: string): boolean {
  return prefix === '' || key === prefix || (key.startsWith(prefix) && key.charAt(prefix.length) === '/');
}

/** The value as JSON text. @throws invalid_input for what JSON can't say and for more than 64 KiB */
export function encodeConfigValue(key: string, value: Json): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new AppError('invalid_input', `the value of "${key}" is no JSON`);
  if (Buffer.byteLength(text) > maxBytes)
    throw new AppError('invalid_input', `the value of "${key}" is larger than 64 KiB`);
  return text;
}

export function decodeConfigValue(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}
