import { Socket } from 'node:net';
import type { Client, ClientConfig } from 'pg';
import { AppError } from '../../../kernel/errors.ts';
import {
  migratorSilentMs,
  type ConnectOptions,
  type Engine,
  type EngineConnection,
  type Exec,
  type Fault,
} from '../pooled/engine.ts';
import { replicaError } from '../pooled/faults.ts';
import { PostgresConnection } from './connection.ts';
import { classify } from './errors.ts';
import { encodeList } from './values.ts';
import { verify } from './verify.ts';

export interface PostgresOptions {
  /** With the password masked. */
  readonly name: string;
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl: NonNullable<ClientConfig['ssl']>;
  readonly durability: 'full' | 'relaxed';
}

/** Names the lock among all advisory locks of a database. */
const migrationLock = 5_628_411_960_219;
const minHostMs = 500;

export class PostgresEngine implements Engine {
  readonly dialect = 'postgres';
  readonly name: string;
  readonly transactionalDdl = true;
  readonly migrationTable = [
    'create table if not exists schema_migrations (name text collate "C" primary key, steps integer not null, applied_at bigint, needs text)',
    // Asked first: `add column if not exists` would lock the table against its readers (and wait for a dump) even where it is there.
    `do $$ begin
       if not exists (select from information_schema.columns
         where table_schema = current_schema() and table_name = 'schema_migrations' and column_name = 'needs')
       then alter table schema_migrations add column needs text; end if;
     end $$`,
  ];
  readonly #client: typeof Client;
  readonly #options: PostgresOptions;
  /** Where the last connection was had. */
  #first = 0;

  constructor(client: typeof Client, options: PostgresOptions) {
    this.#client = client;
    this.#options = options;
    this.name = options.name;
  }

  /** Tries the hosts in order, from the one that was good last, for one that takes writes. */
  async connect(options: ConnectOptions): Promise<EngineConnection> {
    const { hosts } = this.#options;
    const timeoutMs = Math.max(minHostMs, options.timeoutMs / hosts.length);
    let failure: unknown = new AppError('internal', 'no host');
    for (let i = 0; i < hosts.length; i++) {
      const at = (this.#first + i) % hosts.length;
      const host = hosts[at];
      if (host === undefined) continue;
      try {
        const connection = await this.#connectTo(host, { ...options, timeoutMs });
        this.#first = at;
        return connection;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  classify(error: unknown): Fault {
    return classify(error, this.name);
  }

  list(values: readonly string[] | readonly number[]): string {
    return encodeList(values);
  }

  async tryMigrationLock(exec: Exec): Promise<boolean> {
    const rows = await exec(`select pg_try_advisory_lock(${migrationLock}) as locked`);
    return rows[0]?.['locked'] === 1;
  }

  isDoneBefore(): boolean {
    return false;
  }

  verify(exec: Exec): Promise<readonly string[]> {
    return verify(exec, (error) => this.classify(error).error);
  }

  async #connectTo(
    { host, port }: PostgresOptions['hosts'][number],
    options: ConnectOptions,
  ): Promise<EngineConnection> {
    const { user, password, database, ssl } = this.#options;
    const socket = new Socket();
    const client = new this.#client({
      ...{ host, port, user, database, ssl },
      // As a function: pg would look for another one in the environment if it were empty.
      password: () => password,
      stream: () => socket,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: 'volvox',
    });
    // Whatever is under way fails with it; an idle connection is missed by its `end`.
    client.on('error', () => {});
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), options.timeoutMs);
    try {
      await client.connect();
      const opened = new PostgresConnection(client, socket, '', `${host}:${port}`);
      const version = await this.#prepare(opened, options);
      return new PostgresConnection(client, socket, version, opened.server);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns the server's version */
  async #prepare(connection: PostgresConnection, options: ConnectOptions): Promise<string> {
    const [server] = await connection.exec(this.#settings(options));
    if (server?.['replica'] === 1) throw replicaError(this.name);
    if (server?.['encoding'] !== 'UTF8')
      throw new AppError('unsupported', `the database ${this.name} must have the encoding UTF8`);
    return String(server['version']).split(' ')[0] ?? '';
  }

  /** A node that vanished without a word must not keep its locks: the server looks whether it is there. */
  #settings({ statementMs, readOnly }: ConnectOptions): string {
    return [
      `set statement_timeout = ${statementMs ?? 0}`,
      "set default_transaction_isolation = 'read committed'",
      `set idle_in_transaction_session_timeout = ${statementMs === null ? migratorSilentMs : 35_000}`,
      // From PostgreSQL 14 on.
      ...(statementMs === null
        ? [
            `select set_config(name, '${migratorSilentMs}', false) from pg_settings where name = 'idle_session_timeout'`,
          ]
        : []),
      'set tcp_keepalives_idle = 10',
      'set tcp_keepalives_interval = 5',
      'set tcp_keepalives_count = 3',
      // Also while a statement runs; from PostgreSQL 14 on.
      `select set_config(name, '5s', false) from pg_settings where name = 'client_connection_check_interval'`,
      'set jit = off',
      ...(this.#options.durability === 'relaxed' ? ['set synchronous_commit = off'] : []),
      `select current_setting('server_version') as version, current_setting('server_encoding') as encoding,
         pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as replica`,
      ...(readOnly ? ['set default_transaction_read_only = on'] : []),
    ].join('; ');
  }
}
