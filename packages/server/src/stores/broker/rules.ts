import { AppError } from '../../kernel/errors.ts';
import type { Json } from '../config/contract.ts';

export const topicPattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
export const maxBytes = 64 * 1024;

/** Messages a slow subscriber may lag behind. */
export const subscriberBuffer = 1024;

/** @throws invalid_input */
export function checkTopic(topic: string): void {
  if (!topicPattern.test(topic)) throw new AppError('invalid_input', `not a topic: "${topic}"`);
}

/** The payload as JSON text. @throws invalid_input for what JSON can't say and for more than 64 KiB */
export function encodePayload(topic: string, payload: Json): string {
  const text: string | undefined = JSON.stringify(payload);
  if (text === undefined) throw new AppError('invalid_input', `a message to "${topic}" is no JSON`);
  if (Buffer.byteLength(text) > maxBytes)
    throw new AppError('invalid_input', `a message to "${topic}" is larger than 64 KiB`);
  return text;
}
