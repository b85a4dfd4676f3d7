/** One connection: statements prepared once, numbers as numbers, and a socket that can be dropped at once. */
import type { Socket } from 'node:net';
import type { Connection, FieldPacket, QueryError, TypedParameter as TypedParameters } from 'mysql2';
import { AppError } from '../../../kernel/errors.ts';
import type { CompiledQuery } from '../contract.ts';
import type { EngineConnection, Result, Row, Values } from '../pooled/engine.ts';
import { shape, shapes, type Shape } from './shapes.ts';

/** Column types that may hold more than a JS number can. */
const longLong = 8;
const decimals = new Set([0, 246]);

/** How long a goodbye may take. */
const closeMs = 1000;

export class MysqlConnection implements EngineConnection {
  version = '';
  readonly server: string;
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #integer: TypedParameters['LONGLONG'];

  constructor(connection: Connection, socket: Socket, integer: TypedParameters['LONGLONG'], server: string) {
    this.#connection = connection;
    this.#socket = socket;
    this.#integer = integer;
    this.server = server;
  }

  async execute(statement: CompiledQuery, values: Values, begin: boolean): Promise<Result> {
    if (begin) await this.exec('start transaction');
    return this.#run(shape(statement, values));
  }

  async executeMany(statement: CompiledQuery, rows: readonly Values[], begin: boolean): Promise<number> {
    if (begin) await this.exec('start transaction');
    let changes = 0;
    for (const text of shapes(statement, rows)) changes += (await this.#run(text)).changes;
    return changes;
  }

  exec(sql: string): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#connection.query(sql, (error: QueryError | null, result: unknown) => {
        if (error === null) resolve(isRows(result) ? result : []);
        else reject(error);
      });
    });
  }

  async commit(): Promise<void> {
    await this.exec('commit');
  }

  async rollback(): Promise<void> {
    await this.exec('rollback');
  }

  onEnd(listener: () => void): void {
    this.#connection.on('error', listener);
    this.#connection.on('end', listener);
    this.#socket.on('close', listener);
  }

  destroy(): void {
    this.#connection.destroy();
    this.#socket.destroy();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve();
      const timer = setTimeout(() => this.destroy(), closeMs);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#connection.end(() => this.#socket.destroy());
    });
  }

  #run({ sql, values }: Shape): Promise<Result> {
    const bound = values.map((value) => this.#encode(value));
    return new Promise((resolve, reject) => {
      const done = (error: QueryError | null, result: unknown, fields: FieldPacket[] | undefined): void => {
        if (error !== null) return reject(error);
        try {
          resolve(isRows(result) ? { rows: checked(result, fields ?? []), changes: 0 } : changesOf(result));
        } catch (cause) {
          reject(cause);
        }
      };
      this.#connection.execute(sql, bound, done);
    });
  }

  /** mysql2 would send whole numbers as floating ones, which MySQL refuses in a `limit`, and bytes as text. */
  #encode(value: unknown): never {
    const encoded =
      typeof value === 'number' && Number.isSafeInteger(value)
        ? this.#integer(value)
        : value instanceof Uint8Array
          ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
          : value;
    return encoded as never;
  }
}

function isRows(result: unknown): result is Row[] {
  return Array.isArray(result);
}

function changesOf(result: unknown): Result {
  const changes =
    typeof result === 'object' && result !== null && 'affectedRows' in result
      ? Number(result.affectedRows)
      : 0;
  return { rows: [], changes };
}

/** What a JS number can't hold comes as text (64 bits) or rounded (decimals, as of sums): neither must pass. */
function checked(rows: Row[], fields: readonly FieldPacket[]): Row[] {
  for (const { name, columnType = -1 } of fields) {
    if (columnType !== longLong && !decimals.has(columnType)) continue;
    for (const row of rows) {
      const value = row[name];
      if (
        value === null ||
        Number.isSafeInteger(value) ||
        !(typeof value === 'string' || Number.isInteger(value))
      )
        continue;
      throw new AppError('internal', `column "${name}" holds a number beyond 2^53`);
    }
  }
  return rows;
}
