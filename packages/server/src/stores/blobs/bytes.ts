/** What every blob driver needs to agree on: which keys are allowed, how a range is cut, how a source is drained. */
import { AppError } from '../../kernel/errors.ts';
import type { ByteRange } from './contract.ts';

const keyPattern = /^[a-z0-9-]{8,64}$/;

/** @throws invalid_input; a key becomes part of a path or URL, so nothing else may pass */
export function checkKey(key: string): void {
  if (!keyPattern.test(key)) throw new AppError('invalid_input', 'a blob key is 8 to 64 of a-z, 0-9 and "-"');
}

export function noSuchBlob(key: string, cause?: unknown): AppError {
  return new AppError('not_found', 'no such blob', { details: { key }, cause });
}

/** First byte and the byte after the last. Without a range: everything. @throws range_not_satisfiable */
export function cutRange(
  range: ByteRange | undefined,
  size: number,
): { readonly start: number; readonly stop: number } {
  if (range === undefined) return { start: 0, stop: size };
  const stop = range.end === undefined ? size : Math.min(range.end + 1, size);
  if (range.start < 0 || range.start >= stop)
    throw new AppError('range_not_satisfiable', 'the range lies outside the blob', { details: { size } });
  return { start: range.start, stop };
}

export function aborted(signal: AbortSignal): AppError {
  return new AppError('aborted', 'the operation was aborted', { cause: signal.reason });
}

/**
 * Hands each piece of `source` to `take`, waiting where that returns a promise. An abort is noticed even while the source
 * is silent. The source is told to stop (and not waited for) when this ends early.
 */
export async function drain(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  take: (piece: Uint8Array) => void | Promise<void>,
): Promise<void> {
  if (signal?.aborted) throw aborted(signal);
  const iterator = source[Symbol.asyncIterator]();
  // One listener and one live promise: racing each piece against a lasting promise would keep every piece in memory.
  let interrupt: (error: AppError) => void = () => {};
  const onAbort = (): void => interrupt(aborted(signal as AbortSignal));
  signal?.addEventListener('abort', onAbort);
  const next = (): Promise<IteratorResult<Uint8Array>> =>
    signal === undefined
      ? iterator.next()
      : new Promise((resolve, reject) => {
          interrupt = reject;
          iterator.next().then(resolve, reject);
        });
  let ended = false;
  try {
    for (;;) {
      const step = await next();
      if (step.done) break;
      const busy = take(step.value);
      if (busy !== undefined) await busy;
      if (signal?.aborted) throw aborted(signal);
    }
    ended = true;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (!ended) iterator.return?.().catch(() => {});
  }
}
