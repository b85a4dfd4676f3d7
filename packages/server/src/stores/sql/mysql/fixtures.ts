import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { until } from '../../../testing/expectations.ts';
import { mariadb } from '../../../testing/servers/mariadb.ts';
import type { ServerRecipe } from '../../../testing/servers/recipe.ts';
import { ServerPair, startTwo, type Member } from '../fixtures.ts';

/** Starts read-only, with a log of its own, so that either may be the primary. */
const recipe: ServerRecipe = {
  ...mariadb,
  prepare: async (program, folder, run) => {
    await mariadb.prepare?.(program, folder, run);
    const file = path.join(folder, 'init.sql');
    // Each server does this for itself: in its log it would clash with the other's.
    writeFileSync(file, `SET sql_log_bin = 0;\n${readFileSync(file, 'utf8')}`);
    appendFileSync(file, 'SET sql_log_bin = 1;\n');
  },
  arguments: (folder, port) => [
    ...mariadb.arguments(folder, port),
    // Above those that copies are given.
    `--server-id=${1_000_000 + port}`,
    '--log-bin=binlog',
    '--log-slave-updates',
    '--binlog-format=ROW',
    '--read-only',
    '--rpl-semi-sync-slave-enabled',
    '--rpl-semi-sync-master-wait-point=AFTER_SYNC',
    '--rpl-semi-sync-master-timeout=600000',
  ],
};

const careful = ['set global sync_binlog = 1', 'set global innodb_flush_log_at_trx_commit = 1'];
const hasty = ['set global sync_binlog = 0', 'set global innodb_flush_log_at_trx_commit = 0'];

/** A primary and a semi-synchronous replica, by global transaction ids. */
export class MariadbPair extends ServerPair {
  protected readonly account = 'mysql://root';
  #made = 0;

  static async start(): Promise<MariadbPair> {
    const pair = new MariadbPair(await startTwo(recipe));
    await administer(pair.primary, ...careful, 'set global read_only = 0');
    return pair;
  }

  /** The replica is made new and does again all that the primary's log has. */
  async replicate(): Promise<void> {
    const { server, runAs } = this.replica;
    await server.kill();
    rmSync(path.join(server.folder, 'data'), { recursive: true, force: true });
    await recipe.prepare?.(recipe.find() ?? [], server.folder, runAs);
    await server.start();
    await administer(
      this.replica,
      ...hasty,
      // Of a log's entries a server leaves out those that bear its own number: as a new one it wants them all.
      `set global server_id = ${++this.#made}`,
      `change master to master_host = '127.0.0.1', master_port = ${this.primary.server.port}, master_user = 'root',
        master_use_gtid = slave_pos, master_connect_retry = 1`,
      'start slave',
    );
    await this.#catchUp();
    await administer(this.replica, ...careful);
    await administer(this.primary, 'set global rpl_semi_sync_master_enabled = 1');
    const clients = `select 1 from information_schema.global_status
      where variable_name = 'RPL_SEMI_SYNC_MASTER_CLIENTS' and variable_value = '1'`;
    await until(async () => (await administer(this.primary, clients)).length > 0, 'no replica acknowledges');
    // What was acknowledged before.
    await this.#catchUp();
  }

  protected async takeOver(): Promise<void> {
    await administer(this.replica, 'stop slave io_thread');
    const [status] = await administer(this.replica, 'show slave status');
    await applied(this.replica, String(status?.['Gtid_IO_Pos']));
    await administer(this.replica, 'stop slave', 'reset slave all', 'set global read_only = 0');
  }

  async #catchUp(): Promise<void> {
    const [row] = await administer(this.primary, 'select @@gtid_binlog_pos as at');
    await applied(this.replica, String(row?.['at']));
  }
}

/** @throws where the replica does not get as far as that within a minute */
async function applied(replica: Member, position: string): Promise<void> {
  const [row] = await administer(replica, `select master_gtid_wait('${position}', 60) as late`);
  if (row?.['late'] !== 0) throw new Error(`the replica does not get to ${position}`);
}

/** @returns the rows of the last statement */
async function administer({ server }: Member, ...statements: string[]): Promise<RowDataPacket[]> {
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: server.port, user: 'root' });
  try {
    let rows: RowDataPacket[] = [];
    for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement);
    return rows;
  } finally {
    connection.destroy();
  }
}
