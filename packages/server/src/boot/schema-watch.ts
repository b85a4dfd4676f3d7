/**
 * Whether a running node may go on with the database: a newer one may have migrated it further than this version can follow, or stores may
 * have been moved, and another node works on the new ones.
 */
import type { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Migration, SqlStore } from '../stores/sql/contract.ts';
import { findTooNew } from '../stores/sql/schema-version.ts';

export interface SchemaWatchOptions {
  readonly sql: Pick<SqlStore, 'dialect' | 'reader'>;
  readonly migrations: readonly Migration[];
  readonly version: string;
  readonly log: Logger;
  /** @returns why the node has to end, whatever the schema; null where it may go on */
  readonly leftBehind: () => Promise<AppError | null>;
  readonly everyMs?: number;
}

export interface SchemaWatch {
  /** Resolves once, with the reason. */
  readonly outdated: Promise<AppError>;
  stop(): void;
}

const everyMs = 5_000;

export function watchSchema(options: SchemaWatchOptions): SchemaWatch {
  const { sql, migrations, version, log } = options;
  const outdated = Promise.withResolvers<AppError>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    // A database that is away for now says nothing about its schema.
    const reason =
      (await findTooNew(sql.reader, migrations, version).catch(() => null)) ??
      (await options.leftBehind().catch(() => null));
    if (stopped) return;
    if (reason === null) return wait();
    log.error({ err: reason }, 'this node cannot go on beside others, and stops');
    outdated.resolve(reason);
  };
  const wait = (): void => {
    timer = setTimeout(() => void look(), options.everyMs ?? everyMs).unref();
  };
  // A standalone node has its database for itself.
  if (sql.dialect !== 'sqlite') wait();
  return {
    outdated: outdated.promise,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
