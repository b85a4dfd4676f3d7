import { parentPort } from 'node:worker_threads';
import { vendorCode } from './codes.ts';
import {
  openNative,
  tune,
  type NativeDatabase,
  type NativeStatement,
  type NativeValue,
  type Row,
} from './native.ts';

/** The thread behind `SqliteThread`: one connection for each file, one message at a time; `null` ends it. */
export interface Request {
  readonly id: number;
  readonly file: string;
  readonly cacheMiB: number;
  /** null closes the connection. */
  readonly sql: string | null;
  readonly values: readonly NativeValue[];
}

export type Reply =
  | { readonly id: number; readonly rows: Row[] }
  | { readonly id: number; readonly code: string; readonly message: string };

interface Opened {
  readonly native: NativeDatabase;
  readonly statements: Map<string, NativeStatement>;
}

if (parentPort) {
  const port = parentPort;
  const opened = new Map<string, Opened>();

  port.on('message', (request: Request | null) => {
    if (request !== null) return port.postMessage(answer(request));
    for (const { native } of opened.values()) native.close();
    port.close();
  });

  const answer = (request: Request): Reply => {
    try {
      return { id: request.id, rows: rowsOf(request) };
    } catch (error) {
      return {
        id: request.id,
        code: vendorCode(error),
        message: error instanceof Error ? error.message : String(error),
      };
    }
  };

  const rowsOf = ({ file, cacheMiB, sql, values }: Request): Row[] => {
    if (sql !== null) return statementOf(file, cacheMiB, sql).all(...values);
    opened.get(file)?.native.close();
    opened.delete(file);
    return [];
  };

  const statementOf = (file: string, cacheMiB: number, sql: string): NativeStatement => {
    const { native, statements } = connectionTo(file, cacheMiB);
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = native.prepare(sql)));
    return statement;
  };

  const connectionTo = (file: string, cacheMiB: number): Opened => {
    let connection = opened.get(file);
    if (connection === undefined) {
      const native = openNative(file, { timeout: 1000 });
      tune(native, cacheMiB);
      native.pragma('synchronous = normal');
      native.pragma('wal_autocheckpoint = 0');
      opened.set(file, (connection = { native, statements: new Map() }));
    }
    return connection;
  };
}
