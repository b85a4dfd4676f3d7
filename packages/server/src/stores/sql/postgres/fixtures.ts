import assert from 'node:assert/strict';
import { realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { until } from '../../../testing/expectations.ts';
import { postgres } from '../../../testing/servers/postgres.ts';
import type { RunAs } from '../../../testing/servers/recipe.ts';
import { run, type Running } from '../../../testing/servers/running.ts';
import type { ServerPair } from '../failover.suite.ts';

interface Member {
  readonly server: Running;
  readonly runAs: RunAs;
}

/** The primary and a standby that streams from it, synchronously. */
export class PostgresPair implements ServerPair {
  #primary: Member;
  #standby: Member;
  readonly #program: string;

  private constructor(program: string, primary: Member, standby: Member) {
    this.#program = program;
    this.#primary = primary;
    this.#standby = standby;
  }

  /** Both run, and what is acknowledged is on both. */
  static async start(): Promise<PostgresPair> {
    const [program] = postgres.find() ?? [];
    assert.ok(program);
    const primary = await member(program);
    const standby = await member(program).catch(async (error: unknown) => {
      await primary.server.stop();
      throw error;
    });
    const pair = new PostgresPair(program, primary, standby);
    try {
      await administer(primary, 'create database volvox');
      await pair.replicate();
      return pair;
    } catch (error) {
      await pair.stop();
      throw error;
    }
  }

  /** Names the standby first: whoever follows the order alone would be wrong. */
  get url(): string {
    const hosts = [this.#standby, this.#primary].map(({ server }) => `127.0.0.1:${server.port}`);
    return `postgres://postgres@${hosts.join(',')}/volvox`;
  }

  async fail(how: 'killed' | 'frozen'): Promise<void> {
    if (how === 'killed') await this.#primary.server.kill();
    else this.#primary.server.freeze();
  }

  async promote(): Promise<void> {
    const [row] = await administer(this.#standby, 'select pg_promote(true, 60) as done');
    assert.equal(row?.['done'], true);
    [this.#primary, this.#standby] = [this.#standby, this.#primary];
  }

  async replicate(): Promise<void> {
    const { server, runAs } = this.#standby;
    await server.kill();
    const data = path.join(server.folder, 'data');
    rmSync(data, { recursive: true, force: true });
    // Beside the real server: its version must be the same.
    const programs = path.dirname(realpathSync(this.#program));
    await runAs(path.join(programs, 'pg_basebackup'), [
      `--pgdata=${data}`,
      `--dbname=host=127.0.0.1 port=${this.#primary.server.port} user=postgres`,
      ...['--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast', '--no-sync'],
    ]);
    await server.start();
    await administer(this.#primary, `alter system set synchronous_standby_names = '*'`);
    await administer(this.#primary, 'select pg_reload_conf()');
    const streaming = `select from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`;
    await until(async () => (await administer(this.#primary, streaming)).length > 0, 'no standby streams');
    // Waits for the standby as every commit does now: what was acknowledged before is there too.
    await administer(this.#primary, `select pg_logical_emit_message(true, 'volvox', 'both')`);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#primary.server.stop(), this.#standby.server.stop()]);
  }
}

async function member(program: string): Promise<Member> {
  let runAs: RunAs | null = null;
  const recipe = {
    ...postgres,
    prepare: async (found: readonly string[], folder: string, runs: RunAs): Promise<void> => {
      runAs = runs;
      await postgres.prepare?.(found, folder, runs);
    },
  };
  const server = await run(recipe, [program]);
  assert.ok(runAs);
  return { server, runAs };
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
