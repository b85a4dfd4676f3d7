import { systemClock } from '../../kernel/clock.ts';
import { silentLogger, type Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { BrokerStore } from '../../stores/broker/contract.ts';
import { brokerMemoryDriver } from '../../stores/broker/memory/driver.ts';
import { registryMemoryDriver } from '../../stores/registry/memory/driver.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { JournalEntry, JournalService } from './api.ts';
import { journalMigrations } from './migrations.ts';
import { startJournal } from './service.ts';

/** A cluster for the tests of the journal: one database, and nodes that share broker and registry. */
export interface TestCluster {
  readonly sql: SqlStore;
  node(options?: {
    readonly broker?: BrokerStore;
    readonly backOffMs?: number;
    readonly log?: Logger;
  }): Promise<Started<JournalService>>;
  close(): Promise<void>;
}

const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
let clusters = 0;

export async function openCluster(): Promise<TestCluster> {
  const { sql, close } = await openTestSql(journalMigrations);
  const url = parseStoreUrl(`memory:journal-test-${process.pid}-${++clusters}`);
  const ends: (() => Promise<void>)[] = [close];
  return {
    sql,
    async node(options = {}) {
      const registry = await registryMemoryDriver.open(url, deps);
      const broker = options.broker ?? (await brokerMemoryDriver.open(url, deps));
      const { backOffMs, log = silentLogger } = options;
      const journal = await startJournal({
        ...{ sql, broker, registry, clock: systemClock, log },
        ...(backOffMs !== undefined && { backOffMs }),
      });
      ends.push(async () => {
        await journal.stop();
        await broker.close();
        await registry.close();
      });
      return journal;
    },
    async close() {
      for (const end of ends.reverse()) await end();
    },
  };
}

export function entry(name: string): JournalEntry {
  return {
    kind: 'node.created',
    actorId: null,
    nodeId: null,
    parentId: null,
    workspaceId: null,
    before: null,
    after: { name },
    bytes: 0,
    files: 0,
  };
}

export async function append(
  sql: SqlStore,
  journal: JournalService,
  ...names: readonly string[]
): Promise<void> {
  await sql.transaction(async (tx) => {
    for (const name of names) await journal.append(tx, entry(name));
  });
}

export { until } from '../../testing/expectations.ts';
