/** The thread that owns the database: answers one message after another. The vendor package is loaded here and nowhere else. */
import fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { sqliteCode } from './native.ts';
import { operationsOn, writes, type OperationName, type Operations } from './operations.ts';
import { damageMark, openDatabase } from './schema.ts';

export interface WorkerSettings {
  readonly file: string;
  readonly cacheMiB: number;
  readonly durable: boolean;
}

export interface Request {
  readonly id: number;
  readonly name: OperationName;
  readonly parameters: readonly unknown[];
}

export interface Fault {
  readonly code: string;
  readonly message: string;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: Fault }
  /** The first one: how opening went. */
  | { readonly id: 0; readonly value: Opening };

export interface Opening {
  readonly fresh: boolean;
  readonly putAside: string | null;
}

if (parentPort) {
  const port = parentPort;
  const { file, cacheMiB, durable } = workerData as WorkerSettings;
  const { database, fresh, putAside } = openDatabase(file, cacheMiB);
  const operations = operationsOn(database);
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const rollback = database.prepare('rollback');
  let synchronous = '';
  const syncFor = (kind: 'durable' | 'relaxed'): void => {
    const wanted = durable && kind === 'durable' ? 'full' : 'normal';
    if (wanted !== synchronous) database.pragma(`synchronous = ${wanted}`);
    synchronous = wanted;
  };

  const perform = ({ name, parameters }: Request): unknown => {
    const operation = operations[name] as (...all: readonly unknown[]) => unknown;
    const kind = writes[name];
    if (kind === undefined) return operation(...parameters);
    syncFor(kind);
    begin.run();
    try {
      const value = operation(...parameters);
      commit.run();
      return value;
    } catch (error) {
      if (database.inTransaction) rollback.run();
      throw error;
    }
  };

  const answer = (request: Request): Reply => {
    try {
      return { id: request.id, value: perform(request) };
    } catch (error) {
      const code = sqliteCode(error);
      // The next start finds the mark and begins anew.
      if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
        fs.writeFileSync(damageMark(file), '');
      return {
        id: request.id,
        fault: { code, message: error instanceof Error ? error.message : String(error) },
      };
    }
  };

  port.postMessage({ id: 0, value: { fresh, putAside } } satisfies Reply);
  port.on('message', (request: Request | null) => {
    if (request !== null) return port.postMessage(answer(request));
    database.close();
    port.close();
  });
}

export type ValueOf<K extends OperationName> = ReturnType<Operations[K]>;
