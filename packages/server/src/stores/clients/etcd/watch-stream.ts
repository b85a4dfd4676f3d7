/** One watch on one host, with the watchdog that etcd lacks: a member that keeps silent ends it. Never begins anew; `watch.ts` does. */
import type { IEvent, IWatchResponse } from 'etcd3';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { EtcdConnection } from './connection.ts';
import { toStoreError } from './faults.ts';
import { bounds, type KeyRange } from './requests.ts';

export interface KeyChange {
  readonly key: string;
  /** null: the key was removed. */
  readonly value: Buffer | null;
  readonly revision: number;
}

export interface StreamPlan {
  readonly range: KeyRange;
  /** Changes after this revision are wanted. */
  readonly after: number;
  /** How often the member is asked whether it still watches. */
  readonly askMs: number;
  /** A member that was silent for so long is left. */
  readonly silentMs: number;
  /** The watch stands. */
  onStanding(): void;
  /** Whole revisions, in order. */
  onChanges(changes: readonly KeyChange[]): void;
}

/** `compacted`: etcd no longer knows all changes after that revision. `stopped`: the signal aborted. */
export type StreamEnd = 'compacted' | 'stopped';

/** @returns how it ended. @throws unavailable */
export async function followStream(
  connection: EtcdConnection,
  plan: StreamPlan,
  clock: Clock,
  signal: AbortSignal,
): Promise<StreamEnd> {
  // With this header, a member that is cut off from its cluster ends the watch instead of keeping silent.
  const { stream, host, leave } = await connection.stream('Watch.Watch', { hasleader: 'true' });
  const { promise, resolve, reject } = Promise.withResolvers<StreamEnd>();
  const fail = (text: string): void =>
    reject(new AppError('unavailable', `the watch of etcd at ${host} ${text}`, { retryable: true }));
  let heard = clock.monotonic();
  let fragments: IEvent[] = [];
  stream.on('error', (error) => reject(toStoreError(error, host)));
  stream.on('end', () => fail('was ended'));
  stream.on('data', (message: IWatchResponse) => {
    heard = clock.monotonic();
    if (message.canceled && message.compact_revision !== '0') return resolve('compacted');
    if (message.canceled) return fail(`was refused: ${message.cancel_reason}`);
    if (message.created) plan.onStanding();
    fragments.push(...message.events);
    if (message.fragment || fragments.length === 0) return;
    const changes = fragments.map(toChange);
    fragments = [];
    plan.onChanges(changes);
  });
  const watchdog = setInterval(() => {
    if (clock.monotonic() - heard >= plan.silentMs) fail('keeps silent');
    else stream.write({ progress_request: {} });
  }, plan.askMs);
  const onAbort = (): void => resolve('stopped');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const range = { ...bounds(plan.range), start_revision: plan.after + 1 };
  stream.write({ create_request: { ...range, progress_notify: true, fragment: true } });
  try {
    return await promise;
  } catch (error) {
    leave();
    throw error;
  } finally {
    clearInterval(watchdog);
    signal.removeEventListener('abort', onAbort);
    stream.cancel();
  }
}

function toChange({ type, kv }: IEvent): KeyChange {
  return {
    key: kv.key.toString(),
    value: type === 'Delete' ? null : kv.value,
    revision: Number(kv.mod_revision),
  };
}
