/** The one request that makes a blob visible: what an abort, a lost answer or a repeated request means for it. */
import { isAppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { aborted } from '../bytes.ts';
import type { Connection } from './connection.ts';
import { isOpen, wasRetried } from './errors.ts';
import { isOurs, type Mark, removeOurs } from './ownership.ts';

/** How long an aborted request may go on: one that is cut off may be carried out by the server at any later time. */
const graceMs = 2_000;

export interface Commit {
  readonly connection: Connection;
  readonly log: Logger;
  readonly mark: Mark;
  readonly size: number;
  readonly signal: AbortSignal | undefined;
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
  if (!done && !mayBeDone(failure)) throw signal?.aborted ? aborted(signal) : failure;
  if (signal?.aborted) {
    await undo(it);
    throw aborted(signal);
  }
  if (!done && !(await found(it))) throw failure;
}

function mayBeDone(error: unknown): boolean {
  return (
    isOpen(error) || isAppError(error, 'aborted') || (isAppError(error, 'conflict') && wasRetried(error))
  );
}

function found({ connection, mark, size }: Commit): Promise<boolean> {
  return isOurs(connection, mark, size).catch(() => false);
}

async function undo({ connection, log, mark, size }: Commit): Promise<void> {
  try {
    await removeOurs(connection, mark, size);
  } catch (error) {
    log.warn({ key: mark.key, error }, 'an aborted put may have left a blob to the collector');
  }
}

/** Aborts a while after `signal` does. */
function patientSignal(signal: AbortSignal | undefined): { readonly signal: AbortSignal; end(): void } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => void (timer = setTimeout(() => late.abort(), graceMs));
  signal?.addEventListener('abort', onAbort);
  return {
    signal: late.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
