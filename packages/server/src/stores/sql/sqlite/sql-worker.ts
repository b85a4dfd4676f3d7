import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from './connection.ts';
import { vendorCode } from './errors.ts';
import type { NativeStatement, NativeValue, Row } from './native.ts';

/** The thread behind `background`: one connection, one message at a time; `null` ends it. */
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
  const connection = new Connection(settings.file, { busyMs: 1000, cacheMiB: settings.cacheMiB });
  connection.native.pragma('synchronous = normal');
  connection.native.pragma('wal_autocheckpoint = 0');
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
    if (statement === undefined) statements.set(sql, (statement = connection.native.prepare(sql)));
    return statement;
  };
}
