/** Audit logs for tests: nodes that share database, registry, broker and vault. */
import { systemContext, type Context } from '../../kernel/context.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { AppError } from '../../kernel/errors.ts';
import { brokerMemoryDriver } from '../../stores/broker/memory/driver.ts';
import { registryMemoryDriver } from '../../stores/registry/memory/driver.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import { attribute, type JournalService } from '../journal/api.ts';
import { journalMigrations } from '../journal/migrations.ts';
import { startJournal } from '../journal/service.ts';
import type { SettingsService, SettingValues } from '../settings/api.ts';
import { settingDefinitions } from '../settings/schema.ts';
import type { AuditService } from './api.ts';
import { auditMigrations } from './migrations.ts';
import { startAudit } from './service.ts';

export interface TestAudit {
  readonly sql: SqlStore;
  readonly vault: Map<string, string>;
  now: number;
  set<K extends keyof SettingValues>(key: K, value: SettingValues[K]): void;
  node(): Promise<{
    readonly audit: AuditService;
    readonly journal: JournalService;
    stop(): Promise<void>;
  }>;
  close(): Promise<void>;
}

let opened = 0;

export async function openTestAudit(): Promise<TestAudit> {
  const { sql, close } = await openTestSql([...journalMigrations, ...auditMigrations]);
  const url = parseStoreUrl(`memory:audit-test-${process.pid}-${++opened}`);
  const values = new Map<string, unknown>();
  const listeners = new Set<(key: keyof SettingValues) => void>();
  const settings = {
    get: (key: keyof SettingValues) => values.get(key) ?? settingDefinitions[key].default,
    onChange(listener: (key: keyof SettingValues) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as SettingsService; // of the settings only what the audit log asks
  const vault = new Map<string, string>();
  const ends: (() => Promise<void>)[] = [close];
  const test: TestAudit = {
    sql,
    vault,
    now: Date.parse('2026-11-22T10:00:00Z'),
    set(key, value) {
      values.set(key, value);
      for (const listener of listeners) listener(key);
    },
    async node() {
      const clock = { now: () => test.now, monotonic: () => performance.now() };
      const deps = { log: silentLogger, clock, durability: 'relaxed' } as const;
      const registry = await registryMemoryDriver.open(url, deps);
      const broker = await brokerMemoryDriver.open(url, deps);
      const journal = await startJournal({ ...deps, sql, broker, registry });
      const started = startAudit({
        ...deps,
        sql,
        journal: journal.api,
        registry,
        settings,
        vault: vaultOf(vault),
        nodeName: 'node-1',
      });
      let stopping: Promise<void> | null = null;
      const stop = (): Promise<void> =>
        (stopping ??= (async () => {
          await started.stop();
          await journal.stop();
          await broker.close();
          await registry.close();
        })());
      ends.push(stop);
      return { audit: started.api, journal: journal.api, stop };
    },
    async close() {
      for (const end of ends.toReversed()) await end();
    },
  };
  return test;
}

function vaultOf(secrets: Map<string, string>): VaultStore {
  return {
    get: async (name) => secrets.get(name) ?? null,
    async put(name, value, options) {
      if (options?.createOnly === true && secrets.has(name)) throw new AppError('conflict', 'it is there');
      secrets.set(name, value);
    },
    delete: async (name) => void secrets.delete(name),
    list: async (prefix) => [...secrets.keys()].filter((name) => name.startsWith(prefix)).sort(),
    rotate: async () => undefined,
    ping: async () => ({ version: null }),
    close: async () => undefined,
  };
}

/** As long as ids are, which some databases fill up. */
export function idOf(name: string): string {
  return `id-of-${name}`.padEnd(36, '-');
}

/** A request of somebody, from an address. */
export function requestOf(login: string, address = '192.0.2.7'): Context {
  const base = systemContext(`request-of-${login}`);
  const principal = { ...base.principal, userId: idOf(login), login, via: 'session' as const };
  return { ...base, principal, origin: { address, userAgent: 'Test/1' } };
}

/** A change of a node, as the tree would write it. */
export async function change(
  sql: SqlStore,
  journal: JournalService,
  context: Context,
  name: string,
): Promise<void> {
  await sql.transaction(async (tx) => {
    attribute(tx, context);
    await journal.append(tx, {
      kind: 'node.created',
      actorId: context.principal.userId,
      nodeId: idOf(name),
      parentId: null,
      workspaceId: null,
      before: null,
      after: { name },
      bytes: 0,
      files: 0,
    });
  });
}
