import { AppError } from '../../../kernel/errors.ts';
import type { Engine, Fault } from './engine.ts';

/** What a statement fails with when the frame itself has dropped its connection, and connecting where it found only servers of no use. */
export class Dropped extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.error.message);
    this.name = 'Dropped';
    this.fault = fault;
  }
}

export function faultOf(engine: Engine, error: unknown): Fault {
  if (error instanceof Dropped) return error.fault;
  if (error instanceof AppError) return { kind: 'final', error };
  return engine.classify(error);
}

/** Of a server that takes no writes: the one that does is away, or is being chosen just now. */
export function replicaError(name: string): Dropped {
  const message = `the database ${name} takes no writes: it is a replica`;
  return new Dropped({ kind: 'lost', error: new AppError('unavailable', message, { retryable: true }) });
}

export function closedError(): AppError {
  return new AppError('unavailable', 'the database is closed');
}

/** Waits longer each time, anywhere between nothing and that (full jitter), so that those who clashed part. */
export function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(500, 10 * 2 ** attempt)));
}
