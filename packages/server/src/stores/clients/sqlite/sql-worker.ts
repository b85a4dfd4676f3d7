import { parentPort, workerData } from 'node:worker_threads';
import { vendorCode } from './codes.ts';
import { openNative, tune, type NativeStatement, type NativeValue, type Row } from './native.ts';

/** The thread behind `SqliteThread`: one connection, one message at a time; `null` ends it. */
export interface Request {
  readonly id: number;
  readonly sql: string;
  readonly values: readonly NativeValue[];
}

export type Reply =
  | { readonly id: number; readonly rows: Row[] }
  | { readonly id: number; readonly code: string; readonly message: string };

export interface WorkerSettings {
  readonly file: string;
  readonly cacheMiB: number;
}

if (parentPort) {
  const port = parentPort;
  const settings = workerData as WorkerSettings;
  const connection = openNative(settings.file, { timeout: 1000 });
  tune(connection, settings.cacheMiB);
  connection.pragma('synchronous = normal');
  connection.pragma('wal_autocheckpoint = 0');
  const statements = new Map<string, NativeStatement>();

  port.on('message', (request: Request | null) => {
    if (request !== null) return port.postMessage(answer(request));
    connection.close();
    port.close();
  });

  const answer = (request: Request): Reply => {
    try {
      return { id: request.id, rows: statementOf(request.sql).all(...request.values) };
    } catch (error) {
      return {
        id: request.id,
        code: vendorCode(error),
        message: error instanceof Error ? error.message : String(error),
      };
    }
  };

  const statementOf = (sql: string): NativeStatement => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = connection.prepare(sql)));
    return statement;
  };
}
