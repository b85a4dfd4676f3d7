/** What commands that copy stores have in common: they show how far they are, and end in order when they are told to. */
import type { MigrationProgress } from '@volvox/server';
import type { Command } from 'commander';
import { UsageError } from './exit.ts';
import { ProgressLine } from './progress.ts';

export interface CopyRun {
  readonly signal: AbortSignal;
  readonly progress: (progress: MigrationProgress) => void;
}

/** @param stopped what is said after Ctrl+C */
export async function copying<T>(stopped: string, work: (run: CopyRun) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Error(stopped));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const line = new ProgressLine(process.stderr);
  try {
    return await work({
      signal: stopping.signal,
      progress: (progress) => line.show(progress.stage, textOf(progress)),
    });
  } finally {
    line.end();
  }
}

/** @throws UsageError where a server was named: the command opens stores itself */
export function refuseServer(command: Command): void {
  if (command.optsWithGlobals<{ server?: string }>().server !== undefined)
    throw new UsageError(`${command.name()} works on stores, so it knows no --server`);
}

function textOf({ stage, part, done, total }: MigrationProgress): string {
  const count = total === null ? (done === 0 ? '' : ` ${done}`) : ` ${done} of ${total}`;
  return `${stage}${part === '' ? '' : `: ${part}`}${count}`;
}
