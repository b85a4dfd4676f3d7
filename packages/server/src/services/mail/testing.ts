/** A mail server in the test's process, and a mail service that sends by it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { AppError } from '../../kernel/errors.ts';
import { silentLogger, type Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { SettingsService, SettingValues } from '../settings/api.ts';
import { settingDefinitions } from '../settings/schema.ts';
import type { MailService } from './api.ts';
import { mailMigrations } from './migrations.ts';
import { startMail } from './service.ts';

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire. */
  readonly source: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface TestMailServer {
  readonly port: number;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** Takes everything, unless `options` say otherwise. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<TestMailServer> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.secure === true || options.key !== undefined ? [] : ['STARTTLS'],
    logger: false,
    onData(stream, session, callback) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(parts).toString('utf8'),
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : undefined,
        });
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined); // clients that break off are part of the tests
  const net = server.listen(port, '127.0.0.1');
  await once(net, 'listening');
  return {
    port: (net.address() as AddressInfo).port,
    received,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

export interface TestMail {
  readonly sql: SqlStore;
  readonly vault: Map<string, string>;
  /** The vault can't be reached. */
  sealed: boolean;
  readonly logged: string[];
  readonly failed: string[];
  now: number;
  set<K extends keyof SettingValues>(key: K, value: SettingValues[K]): void;
  /** Another node on the same database. */
  node(): Promise<Started<MailService>>;
  close(): Promise<void>;
}

export async function openTestMail(port: number): Promise<TestMail> {
  const { sql, close } = await openTestSql(mailMigrations);
  const values = new Map<string, unknown>([
    ['mail.host', '127.0.0.1'],
    ['mail.port', port],
    ['mail.tls', 'none'],
    ['mail.from', 'files@example.org'],
  ]);
  const listeners = new Set<(key: keyof SettingValues) => void>();
  const settings = {
    get: (key: keyof SettingValues) => values.get(key) ?? settingDefinitions[key].default,
    onChange(listener: (key: keyof SettingValues) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as SettingsService; // of the settings only what mail asks
  const secrets = new Map<string, string>();
  const ends: (() => Promise<void>)[] = [close];
  const logged: string[] = [];
  const note = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`);
  const log: Logger = { ...silentLogger, info: note, warn: note, error: note };
  const test: TestMail = {
    sql,
    vault: secrets,
    sealed: false,
    logged,
    failed: [],
    now: Date.parse('2026-11-22T10:00:00Z'),
    set(key, value) {
      values.set(key, value);
      for (const listener of listeners) listener(key);
    },
    async node() {
      const clock = { now: () => test.now, monotonic: () => performance.now() };
      const onFailed = ({ error }: { error: string }): void => void test.failed.push(error);
      const vault = vaultOf(secrets, () => test.sealed);
      const sharedKey = async (name: string): Promise<string> => {
        if (!secrets.has(name)) secrets.set(name, randomBytes(32).toString('base64url'));
        return secrets.get(name) ?? '';
      };
      const mail = await startMail({ sql, settings, vault, clock, log, onFailed, sharedKey });
      ends.push(() => mail.stop());
      return mail;
    },
    async close() {
      for (const end of ends.toReversed()) await end();
    },
  };
  return test;
}

function vaultOf(kept: Map<string, string>, sealed: () => boolean): VaultStore {
  const secrets = async (): Promise<Map<string, string>> => {
    if (sealed()) throw new AppError('unavailable', 'the vault is sealed', { retryable: true });
    return kept;
  };
  return {
    get: async (name) => (await secrets()).get(name) ?? null,
    put: async (name, value) => void (await secrets()).set(name, value),
    delete: async (name) => void (await secrets()).delete(name),
    list: async (prefix) =>
      [...(await secrets()).keys()].filter((name) => name.startsWith(prefix)).toSorted(),
    rotate: async () => undefined,
    ping: async () => ({ version: null }),
    close: async () => undefined,
  };
}
