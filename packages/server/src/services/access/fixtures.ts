/** A database with roles, rules and nodes of the service on it, for its tests. */
import type { Clock } from '../../kernel/clock.ts';
import { systemContext, type Context, type Principal, type ScopeName } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { JournalEntry } from '../journal/api.ts';
import type { AccessService, Grant } from './api.ts';
import { accessMigrations } from './migrations.ts';
import { startAccess } from './service.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

export class TestClock implements Clock {
  time = Date.UTC(2026, 10, 22, 12);
  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time;
  }
}

export interface TestAccess {
  readonly sql: SqlStore;
  readonly clock: TestClock;
  readonly access: AccessService;
  readonly journal: JournalEntry[];
  /** What the user store would answer now; absent: taken away. */
  readonly present: Map<string, Principal>;
  /** Dead properties, by node and name, as XML. */
  readonly properties: Map<string, Map<string, string>>;
  /** Another node of the cluster. */
  startNode(): AccessService;
  user(roles: readonly string[], more?: Partial<Principal>): Promise<Context>;
  /** The same at the epoch of now, as its next request would be. */
  again(context: Context): Promise<Context>;
  role(kind?: 'user' | 'group', name?: string): Promise<string>;
  setRule(nodeId: string, roleId: string, allow: number, deny?: number): Promise<void>;
  grant(grant: Partial<Grant> & Pick<Grant, 'nodeId' | 'roleId' | 'allow'>): Promise<void>;
  statements(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

export async function openAccess(): Promise<TestAccess> {
  const { sql, close } = await openTestSql(accessMigrations);
  const clock = new TestClock();
  const journal: JournalEntry[] = [];
  const present = new Map<string, Principal>();
  const properties = new Map<string, Map<string, string>>();
  const startNode = (): AccessService =>
    startAccess({
      sql,
      clock,
      log: silentLogger,
      journal: { append: async (_tx: unknown, entry: JournalEntry) => String(journal.push(entry)) },
      reloadPrincipal: async (_reader, old) => present.get(old.userId ?? '') ?? null,
      nodeProperties: async (_reader, ids) =>
        new Map(ids.flatMap((id) => (properties.has(id) ? [[id, properties.get(id) ?? new Map()]] : []))),
    }).api;
  const access = startNode();
  const inside = <T>(work: Parameters<typeof sql.transaction<T>>[0]): Promise<T> => sql.transaction(work);
  return {
    sql,
    clock,
    access,
    journal,
    present,
    properties,
    startNode,
    async user(roles, more = {}) {
      const principal = principalOf(roles, await access.epoch(), more);
      present.set(principal.userId ?? '', principal);
      return { ...systemContext(), principal };
    },
    async again(context) {
      return { ...context, principal: { ...context.principal, epoch: await access.epoch() } };
    },
    async role(kind = 'user', name) {
      const id = newId();
      await inside((tx) => access.createRole(tx, { id, kind, name: name ?? `role ${id}` }));
      return id;
    },
    setRule: (nodeId, roleId, allow, deny = 0) =>
      inside((tx) => access.setRule(tx, { nodeId, roleId, allow, deny }, null)),
    grant: (given) =>
      inside((tx) =>
        access.grant(tx, { source: 'share', sourceId: newId(), expiresAt: null, ...given }, null),
      ),
    statements: (work) => statementsOf(sql, work),
    close,
  };
}

const fileScopes: readonly ScopeName[] = ['files:read', 'files:write'];

function principalOf(roles: readonly string[], epoch: number, more: Partial<Principal>): Principal {
  return {
    userId: newId(),
    login: 'u',
    admin: false,
    roles,
    scopes: fileScopes,
    via: 'session',
    sessionId: null,
    tokenId: null,
    epoch,
    ...more,
  };
}
