/** Opens connections: the first host that answers and writes, and the session as the statements expect it. */
import { connect as connectSocket, type Socket } from 'node:net';
import type * as mysql from 'mysql2';
import type { Connection, ConnectionOptions, QueryError } from 'mysql2';
import { AppError } from '../../../kernel/errors.ts';
import type { StoreTls } from '../../../kernel/store-tls.ts';
import { migratorSilentMs, type ConnectOptions } from '../pooled/engine.ts';
import { replicaError } from '../pooled/faults.ts';
import { MysqlConnection } from './connection.ts';

export interface Address {
  /** The URL with its password masked. */
  readonly name: string;
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: StoreTls | null;
}

type Host = Address['hosts'][number];
type Mysql = Pick<typeof mysql, 'createConnection' | 'TypedParameter'>;

/** What is prepared stays on the server; its limit (16,382) is for all connections of all nodes. */
const preparedPerConnection = 256;
const keepAliveMs = 30_000;
/** Before a deadlock that the server does not see, or a forgotten lock, is taken for one. */
const lockWaitSeconds = 5;
const schemaLockWaitSeconds = 20;
/** As deep as the statements climb: both servers stop at 1,000 otherwise, one of them without a word. */
const recursion = 110_000;

/** `@@global.read_only`: a number, from MariaDB 12.0.1 on a word (MDEV-36425). */
const takesWrites: ReadonlySet<unknown> = new Set([0, 'OFF']);

export class Connector {
  readonly #mysql: Mysql;
  readonly #address: Address;
  /** The host that was good last. */
  #first = 0;

  constructor(mysql: Mysql, address: Address) {
    this.#mysql = mysql;
    this.#address = address;
  }

  /** @throws the error of the last host */
  async connect(options: ConnectOptions): Promise<MysqlConnection> {
    const { hosts } = this.#address;
    const deadline = performance.now() + options.timeoutMs;
    let last: unknown = new AppError('unavailable', 'no host is given');
    for (let i = 0; i < hosts.length; i++) {
      const at = (this.#first + i) % hosts.length;
      const host = hosts[at];
      const left = deadline - performance.now();
      if (host === undefined || left <= 0) break;
      try {
        const connection = await this.#open(host, options, left / (hosts.length - i));
        this.#first = at;
        return connection;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  async #open(host: Host, options: ConnectOptions, timeoutMs: number): Promise<MysqlConnection> {
    const socket = connectSocket({
      ...host,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    // mysql2 names the host to TLS only where it is a name; an address is checked as the socket's own (without it, as "localhost").
    Object.assign(socket, { _host: host.host });
    const connection = this.#mysql.createConnection(this.#options(host, socket));
    // Errors come to whoever waits for them; without a listener they would end the process.
    connection.on('error', () => {});
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    try {
      await new Promise<void>((resolve, reject) => {
        connection.connect((error: QueryError | null) => (error === null ? resolve() : reject(error)));
        socket.once('close', () => reject(lineLost(host)));
      });
      return await this.#prepare(host, connection, socket, options);
    } catch (error) {
      connection.destroy();
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #options(host: Host, socket: Socket): ConnectionOptions {
    const { user, password, database, tls } = this.#address;
    return {
      stream: () => socket,
      ...host,
      user,
      password,
      database,
      charset: 'UTF8MB4_BIN',
      connectTimeout: 0,
      supportBigNumbers: true,
      decimalNumbers: true,
      maxPreparedStatements: preparedPerConnection,
      connectAttributes: { program_name: 'volvox' },
      flags: ['-LOCAL_FILES'],
      ...(tls === null ? {} : { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } }),
    };
  }

  /** @throws unavailable where the server does not write */
  async #prepare(
    host: Host,
    connection: Connection,
    socket: Socket,
    options: ConnectOptions,
  ): Promise<MysqlConnection> {
    const opened = new MysqlConnection(
      connection,
      socket,
      this.#mysql.TypedParameter.LONGLONG,
      `${host.host}:${host.port}`,
    );
    const [server] = await opened.exec('select version() as version, @@global.read_only as read_only');
    const version = String(server?.['version']);
    if (!takesWrites.has(server?.['read_only'])) throw replicaError(this.#address.name);
    opened.version = /^\d+(\.\d+)*/.exec(version)?.[0] ?? version;
    for (const statement of session(/mariadb/i.test(version), options)) await opened.exec(statement);
    return opened;
  }
}

/**
 * A node that is frozen in a transaction must not keep its locks; MySQL has nothing for that. As read-only MariaDB takes whatever has not
 * written yet, also a snapshot whose reader is held up by the place that it copies to.
 */
const asleep = ['idle_write_transaction_timeout = 35', 'idle_readonly_transaction_timeout = 600'];

function session(mariadb: boolean, { statementMs, readOnly }: ConnectOptions): readonly string[] {
  const limit = mariadb
    ? `max_statement_time = ${(statementMs ?? 0) / 1000}`
    : `max_execution_time = ${statementMs ?? 0}`;
  const silence =
    statementMs === null ? [`wait_timeout = ${migratorSilentMs / 1000}`] : mariadb ? asleep : [];
  const depth = mariadb ? 'max_recursive_iterations' : 'cte_max_recursion_depth';
  return [
    `set session transaction isolation level read committed${readOnly ? ', read only' : ''}`,
    `set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY',
      time_zone = '+00:00', autocommit = 1, innodb_lock_wait_timeout = ${lockWaitSeconds},
      lock_wait_timeout = ${schemaLockWaitSeconds}, ${depth} = ${recursion}, ${limit}`,
    ...silence.map((setting) => `set session ${setting}`),
  ];
}

function lineLost({ host, port }: Host): Error {
  return Object.assign(new Error(`no answer from ${host}:${port}`), { code: 'ETIMEDOUT' });
}
