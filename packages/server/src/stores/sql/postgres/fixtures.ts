import assert from 'node:assert/strict';
import { realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { until } from '../../../testing/expectations.ts';
import { postgres } from '../../../testing/servers/postgres.ts';
import { ServerPair, startTwo, type Member } from '../fixtures.ts';

/** A primary and a standby that streams from it, synchronously. */
export class PostgresPair extends ServerPair {
  protected readonly account = 'postgres://postgres';

  static async start(): Promise<PostgresPair> {
    const pair = new PostgresPair(await startTwo(postgres));
    await administer(pair.primary, 'create database volvox');
    return pair;
  }

  async replicate(): Promise<void> {
    const { server, runAs } = this.replica;
    await server.kill();
    const data = path.join(server.folder, 'data');
    rmSync(data, { recursive: true, force: true });
    const [program = ''] = postgres.find() ?? [];
    // Beside the real server: its version must be the same.
    await runAs(path.join(path.dirname(realpathSync(program)), 'pg_basebackup'), [
      `--pgdata=${data}`,
      `--dbname=host=127.0.0.1 port=${this.primary.server.port} user=postgres`,
      ...['--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast', '--no-sync'],
    ]);
    await server.start();
    await administer(this.primary, `alter system set synchronous_standby_names = '*'`);
    await administer(this.primary, 'select pg_reload_conf()');
    const streaming = `select from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`;
    await until(async () => (await administer(this.primary, streaming)).length > 0, 'no standby streams');
    // Waits for the standby as every commit does now: what was acknowledged before is there too.
    await administer(this.primary, `select pg_logical_emit_message(true, 'volvox', 'both')`);
  }

  protected async takeOver(): Promise<void> {
    const [row] = await administer(this.replica, 'select pg_promote(true, 60) as done');
    assert.equal(row?.['done'], true);
  }
}

async function administer({ server }: Member, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(postgres.url(server.port));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
