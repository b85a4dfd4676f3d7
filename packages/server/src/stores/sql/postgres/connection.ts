import type { Socket } from 'node:net';
import type { Client, Submittable } from 'pg';
import type { CompiledQuery } from '../contract.ts';
import type { EngineConnection, Result, Row, Values } from '../pooled/engine.ts';
import { Exchange, type Prepared, type Step } from './exchange.ts';

const begin: CompiledQuery = { sql: 'begin', slots: [] };
/** Rows of one round trip: bounds what waits in memory for the socket. */
const maxRows = 1000;
const goodbyeMs = 1000;

export class PostgresConnection implements EngineConnection {
  readonly version: string;
  readonly server: string;
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #prepared = new Map<CompiledQuery, Prepared>();
  #names = 0;

  constructor(client: Client, socket: Socket, version: string, server: string) {
    this.#client = client;
    this.#socket = socket;
    this.version = version;
    this.server = server;
  }

  execute(statement: CompiledQuery, values: Values, opens: boolean): Promise<Result> {
    return this.#steps(statement, [values], opens);
  }

  async executeMany(statement: CompiledQuery, rows: readonly Values[], opens: boolean): Promise<number> {
    let changes = 0;
    for (let at = 0; at < rows.length; at += maxRows)
      changes += (await this.#steps(statement, rows.slice(at, at + maxRows), opens && at === 0)).changes;
    return changes;
  }

  async exec(sql: string): Promise<readonly Row[]> {
    return (await this.#send(sql)).rows;
  }

  async commit(): Promise<void> {
    await this.#send('commit');
  }

  async rollback(): Promise<void> {
    await this.#send('rollback');
  }

  onEnd(listener: () => void): void {
    this.#client.on('end', listener);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(), goodbyeMs);
    await this.#client.end().catch(() => {});
    clearTimeout(timer);
  }

  async #steps(statement: CompiledQuery, rows: readonly Values[], opens: boolean): Promise<Result> {
    const step: Step = { prepared: this.#prepare(statement), rows };
    const steps = opens ? [{ prepared: this.#prepare(begin), rows: [[]] }, step] : [step];
    try {
      return await this.#send(steps);
    } catch (error) {
      // Whether the server got as far as knowing it is not clear: parsed again, under another name.
      for (const { prepared } of steps) if (!prepared.parsed) this.#forget(prepared);
      throw error;
    }
  }

  #prepare(statement: CompiledQuery): Prepared {
    let prepared = this.#prepared.get(statement);
    if (prepared === undefined) {
      prepared = { name: `v${++this.#names}`, text: statement.sql, parsed: false, columns: [] };
      this.#prepared.set(statement, prepared);
    }
    return prepared;
  }

  #forget(prepared: Prepared): void {
    for (const [statement, known] of this.#prepared) if (known === prepared) this.#prepared.delete(statement);
  }

  #send(message: readonly Step[] | string): Promise<Result> {
    const exchange = new Exchange(message);
    // Its types know nothing of what pg calls on a query besides `submit`.
    this.#client.query(exchange as unknown as Submittable);
    return exchange.done;
  }
}
