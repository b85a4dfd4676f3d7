/** Nodes for tests of access, identity and workspaces: real services over a real database; clock, vault and hashing are fakes. */
import type { Clock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { silentLogger, type Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AccessService } from '../access/api.ts';
import { accessMigrations } from '../access/migrations.ts';
import { startAccess } from '../access/service.ts';
import type { JournalEntry } from '../journal/api.ts';
import type { SettingValues } from '../settings/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import { workspacesMigrations } from '../workspaces/migrations.ts';
import { startWorkspaces } from '../workspaces/service.ts';
import type { ClientInfo, IdentityService, PrincipalReloader, SecretKeeper } from './api.ts';
import { identityMigrations } from './migrations.ts';
import type { PasswordEngine } from './passwords.ts';
import { hashSecret } from './secrets.ts';
import { startIdentity, type IdentityDeps } from './service.ts';

export class FakeClock implements Clock {
  time = 1_800_000_000_000;
  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time;
  }
}

export class MemoryVault implements VaultStore {
  readonly values = new Map<string, string>();
  async get(name: string): Promise<string | null> {
    return this.values.get(name) ?? null;
  }
  async put(name: string, value: string, options?: { readonly createOnly?: boolean }): Promise<void> {
    if (options?.createOnly && this.values.has(name)) throw new AppError('conflict', 'exists');
    this.values.set(name, value);
  }
  async delete(name: string): Promise<void> {
    this.values.delete(name);
  }
  async list(prefix: string): Promise<readonly string[]> {
    return [...this.values.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
  async rotate(): Promise<void> {}
  async ping(): Promise<{ version: null }> {
    return { version: null };
  }
  async close(): Promise<void> {}
}

/** Fast and countable; remembers how many ran at once. */
export class FakeEngine implements PasswordEngine {
  hashed = 0;
  verified = 0;
  most = 0;
  #running = 0;
  readonly hash = async (password: string): Promise<string> => {
    this.hashed++;
    return this.#slowly(() => hashSecret(password));
  };
  readonly verify = async (stored: string, password: string): Promise<boolean> => {
    this.verified++;
    return this.#slowly(() => stored === hashSecret(password));
  };
  async #slowly<T>(work: () => T): Promise<T> {
    this.most = Math.max(this.most, ++this.#running);
    await new Promise((resolve) => setImmediate(resolve));
    this.#running--;
    return work();
  }
}

export interface TestNode {
  readonly access: AccessService;
  readonly identity: IdentityService & PrincipalReloader & SecretKeeper;
  readonly workspaces: WorkspacesService;
  readonly engine: FakeEngine;
  readonly stop: () => Promise<void>;
}

type NodeOptions = Partial<Pick<IdentityDeps, 'verifiers' | 'mail' | 'audit' | 'publicUrl'>>;

export interface TestCluster {
  readonly sql: SqlStore;
  readonly clock: FakeClock;
  readonly vault: MemoryVault;
  readonly settings: Partial<SettingValues>;
  /** What went into the journal, aborted transactions included. */
  readonly journal: JournalEntry[];
  /** Every line of the log, as JSON. */
  readonly logged: string[];
  /** Another node over the same stores, its caches empty. */
  start(engine?: PasswordEngine, options?: NodeOptions): Promise<TestNode>;
  close(): Promise<void>;
}

export const client: ClientInfo = { address: '192.0.2.1', userAgent: 'test' };
export const adminPassword = 'correct horse';

export function contextOf(principal: Principal): Context {
  return { principal, requestId: 'test', signal: new AbortController().signal, lockTokens: [] };
}

const defaults = {
  'session.hours': 12,
  'session.rememberDays': 30,
  'login.maxFailures': 5,
  'login.blockSeconds': 30,
  'login.secondFactorRoles': [],
  'login.proofMinutes': 10,
  'login.notices': true,
  'password.minLength': 8,
  'password.classes': 0,
  'password.refuseCommon': true,
  'password.history': 0,
  'password.expireDays': 0,
  'impersonation.enabled': true,
  'branding.name': 'Volvox',
  'personal.defaultQuotaMiB': 0,
  'personal.folders': [],
  'personal.template': '',
  'guests.enabled': true,
  'guests.maxPerUser': 3,
  'guests.maxPerDay': 50,
  'guests.maxDays': 30,
  'people.showEmail': false,
} as const;

export async function openCluster(): Promise<TestCluster> {
  const { sql, close } = await openTestSql([
    ...accessMigrations,
    ...identityMigrations,
    ...workspacesMigrations,
  ]);
  const cluster = {
    sql,
    clock: new FakeClock(),
    vault: new MemoryVault(),
    settings: { ...defaults } as Partial<SettingValues>,
    journal: [] as JournalEntry[],
    logged: [] as string[],
  };
  const stops: (() => Promise<void>)[] = [];
  return {
    ...cluster,
    start: async (engine, options) => {
      const node = await startNode(cluster, engine, options);
      stops.push(node.stop);
      return node;
    },
    close: async () => {
      for (const stop of stops) await stop();
      await close();
    },
  };
}

async function startNode(
  { sql, clock, vault, settings, journal, logged }: Omit<TestCluster, 'start' | 'close'>,
  engine?: PasswordEngine,
  options: NodeOptions = {},
): Promise<TestNode> {
  const append = async (_tx: unknown, entry: JournalEntry): Promise<string> => {
    journal.push(entry);
    return String(journal.length);
  };
  const log = recordingLog(logged);
  const counting = new FakeEngine();
  const get = <K extends keyof SettingValues>(key: K): SettingValues[K] => {
    const value = settings[key];
    if (value === undefined) throw new Error(`no setting ${key}`);
    return value;
  };
  const later: { identity?: PrincipalReloader } = {};
  const access = startAccess({
    sql,
    journal: { append },
    clock,
    log,
    reloadPrincipal: async (reader, principal) =>
      (await later.identity?.reloadPrincipal(reader, principal)) ?? null,
  }).api;
  const tree = {
    createRoot: async () => {},
    removeRoot: async () => {},
    usedOf: async (workspaces: readonly { readonly id: string }[]) =>
      new Map(workspaces.map(({ id }) => [id, 7])),
    locate: () => Promise.reject(new Error('there are no files here')),
  };
  const workspaces = startWorkspaces({
    sql,
    access,
    journal: { append },
    settings: { get, set: () => Promise.reject(new Error('settings stay as they are here')) },
    tree,
    clock,
    log,
    receivedBy: async () => [],
  }).api;
  const started = await startIdentity({
    sql,
    access,
    workspaces,
    journal: { append },
    vault,
    sharedVault: true,
    settings: { get },
    clock,
    log,
    passwordEngine: engine ?? counting,
    ...options,
  });
  later.identity = started.api;
  return { access, identity: started.api, workspaces, engine: counting, stop: () => started.stop() };
}

function recordingLog(lines: string[]): Logger {
  const write = (fields: object, message: string): void => void lines.push(JSON.stringify(fields) + message);
  return {
    ...silentLogger,
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: () => recordingLog(lines),
  };
}

/** A node that is set up, with the admin's session. */
export async function setUp(
  cluster: TestCluster,
): Promise<{ node: TestNode; admin: Context; secret: string }> {
  const node = await cluster.start();
  await node.identity.setup({ key: null, login: 'root', password: adminPassword });
  const session = await node.identity.login('root', adminPassword, client, false);
  return { node, admin: contextOf(session.principal), secret: session.secret };
}
