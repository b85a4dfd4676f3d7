/** The one request that makes a blob visible: what an abort, a lost answer or a repeated request means for it. */
import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { aborted } from '../bytes.ts';
import type { Connection } from './connection.ts';
import { isOpen, wasRetried } from './errors.ts';
import { type Mark, removeOurs, whoseIs } from './ownership.ts';
import { patientSignal } from './patience.ts';

export interface Commit {
  readonly connection: Connection;
  readonly log: Logger;
  readonly mark: Mark;
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  /** Whether `send` has tried more than once, so that a conflict may be one with its own first attempt. */
  readonly repeated?: () => boolean;
}

/** @throws aborted with nothing left under the key; what `send` throws where the blob is not there */
export async function commit(it: Commit, send: (patient: AbortSignal) => Promise<void>): Promise<void> {
  const { signal } = it;
  if (signal?.aborted) throw aborted(signal);
  const patient = patientSignal(signal);
  let failure: unknown = null;
  try {
    await send(patient.signal);
  } catch (error) {
    failure = error;
  } finally {
    patient.end();
  }
  const done = failure === null;
  if (!done && !mayBeDone(failure, it.repeated?.() ?? false))
    throw signal?.aborted ? aborted(signal) : failure;
  if (signal?.aborted) {
    await undo(it);
    throw aborted(signal);
  }
  if (!done) await lookFor(it, failure);
}

function mayBeDone(error: unknown, repeated: boolean): boolean {
  if (isAppError(error, 'conflict')) return repeated || wasRetried(error);
  return isOpen(error) || isAppError(error, 'aborted');
}

/** A server may refuse a key that exists and cut the connection while the body is still being sent. */
async function lookFor({ connection, mark, size }: Commit, failure: unknown): Promise<void> {
  const whose = await whoseIs(connection, mark, size).catch(() => 'nobody');
  if (whose === 'theirs')
    throw new AppError('conflict', 'the blob exists', { details: { key: mark.key }, cause: failure });
  if (whose === 'nobody') throw failure;
}

async function undo({ connection, log, mark, size }: Commit): Promise<void> {
  try {
    await removeOurs(connection, mark, size);
  } catch (error) {
    log.warn({ blob: mark.key, error }, 'an aborted put may have left a blob to the collector');
  }
}
