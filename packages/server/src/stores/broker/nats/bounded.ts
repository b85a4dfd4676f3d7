import { AppError } from '../../../kernel/errors.ts';

/** What the promise gives, but not later than after `ms`. @throws unavailable with `text` */
export async function bounded<T>(promise: Promise<T>, ms: number, text: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new AppError('unavailable', text, { retryable: true })), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
