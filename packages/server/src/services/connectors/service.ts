/** Directories and OpenID providers outside that people may sign in by. */
import type { ConnectorInput, ConnectorTest, LdapConnectorSettings, SyncReport } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { outgoing } from '../../kernel/outgoing.ts';
import { Sealing } from '../../kernel/sealing.ts';
import type { Started as StartedService } from '../../kernel/service.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { AuditService } from '../audit/api.ts';
import type { IdentityService, SecretKeeper } from '../identity/api.ts';
import type { SettingsService } from '../settings/api.ts';
import { Accounts } from './accounts.ts';
import type { ConnectorsService, KeptLink, LinkedAccount } from './api.ts';
import { External, requireOwnSession } from './external.ts';
import type { LdapDirectory } from './ldap.ts';
import * as queries from './queries.ts';
import { addressee, Registry, type Connected } from './registry.ts';
import { Sync } from './sync.ts';

export interface ConnectorsDeps {
  readonly sql: SqlStore;
  readonly vault: VaultStore;
  readonly access: Pick<AccessService, 'bumpEpoch' | 'current'>;
  readonly identity: Pick<
    IdentityService,
    'user' | 'userByExternal' | 'createUser' | 'updateUser' | 'deleteUser' | 'roles' | 'onUserRemoved'
  > & { readonly signIn: Pick<IdentityService['signIn'], 'loginAs' | 'requireProof' | 'notify'> } & Pick<
      SecretKeeper,
      'sharedKey'
    >;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly audit: Pick<AuditService, 'append' | 'keep'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly publicUrl: string | null;
}

type Directory = Connected & { readonly settings: LdapConnectorSettings };

const hour = 3_600_000;
const shownPeople = 5;

export async function startConnectors(deps: ConnectorsDeps): Promise<StartedService<ConnectorsService>> {
  const connectors = await Connectors.create(deps);
  deps.identity.onUserRemoved(
    async (tx, userId) => void (await tx.run(queries.deleteLinksOfUser, { userId })),
  );
  return { api: connectors, stop: async () => {} };
}

class Connectors implements ConnectorsService {
  readonly #deps: ConnectorsDeps;
  readonly #registry: Registry;
  readonly #accounts: Accounts;
  readonly #external: External;
  readonly #sync: Sync;

  static async create(deps: ConnectorsDeps): Promise<Connectors> {
    return new Connectors(
      deps,
      new Sealing(await deps.identity.sharedKey('connectors/secret'), 'connectors'),
    );
  }

  private constructor(deps: ConnectorsDeps, sealing: Sealing) {
    this.#deps = deps;
    const allowPrivate = (): boolean => deps.settings.get('connectors.allowPrivate');
    this.#registry = new Registry(deps);
    this.#accounts = new Accounts(deps);
    this.#sync = new Sync({ ...deps, accounts: this.#accounts });
    this.#external = new External({
      ...deps,
      registry: this.#registry,
      accounts: this.#accounts,
      sealing,
      allowPrivate,
      ask: (url, request) => outgoing(url, request, { allowPrivate: allowPrivate() }),
    });
  }

  methods: ConnectorsService['methods'] = () => this.#external.methods();
  list: ConnectorsService['list'] = () => this.#registry.list();
  create: ConnectorsService['create'] = (context, input) => this.#registry.create(context, input);
  update: ConnectorsService['update'] = (context, id, input) => this.#registry.update(context, id, input);
  delete: ConnectorsService['delete'] = (context, id) => this.#registry.delete(context, id);
  start: ConnectorsService['start'] = (...input) => this.#external.start(...input);
  arrive: ConnectorsService['arrive'] = (...input) => this.#external.arrive(...input);

  async test(context: Context, input: ConnectorInput, id: string | null): Promise<ConnectorTest> {
    if (!context.principal.admin) throw new AppError('forbidden', 'only admins may do this');
    const secret = input.secret === undefined && id !== null ? await this.#keptFor(input, id) : input.secret;
    try {
      return await this.#try(input, secret ?? '');
    } catch (error) {
      if (!isAppError(error)) throw error;
      return { ok: false, message: error.message, found: [] };
    }
  }

  async sync(context: Context, id: string, dryRun: boolean): Promise<SyncReport> {
    if (!context.principal.admin) throw new AppError('forbidden', 'only admins may do this');
    const connector = await this.#registry.one(id);
    if (connector === null || connector.settings.kind !== 'ldap')
      throw new AppError('not_found', 'there is no such directory');
    return this.#syncOne({ ...connector, settings: connector.settings }, dryRun, context.signal);
  }

  async syncDue(signal: AbortSignal): Promise<{ synced: number; failed: number }> {
    const result = { synced: 0, failed: 0 };
    const now = this.#deps.clock.now();
    for (const directory of await this.#directories()) {
      const { syncHours } = directory.settings;
      if (syncHours === 0 || (directory.syncedAt !== null && directory.syncedAt + syncHours * hour > now))
        continue;
      try {
        await this.#syncOne(directory, false, signal);
        result.synced++;
      } catch (error) {
        signal.throwIfAborted();
        if (!isAppError(error)) throw error;
        this.#deps.log.warn(
          { connector: directory.name, err: error },
          'a directory could not be synchronised',
        );
        result.failed++;
      }
    }
    return result;
  }

  async password(login: string, password: string): Promise<string | null> {
    if (password === '') return null;
    for (const directory of await this.#directories()) {
      try {
        const opened = await openDirectory(directory.settings, await directory.secret());
        const profile = await opened.verify(login, password);
        const account = profile && (await this.#accounts.of(directory, profile));
        if (account !== null) return account.userId;
      } catch (error) {
        // The next one may know the person; what is down is seen in the log, not by who guesses.
        if (!isAppError(error)) throw error;
        this.#deps.log.warn({ connector: directory.name, err: error }, 'a directory could not be asked');
      }
    }
    return null;
  }

  async accounts({ principal }: Context): Promise<readonly LinkedAccount[]> {
    const { userId } = principal;
    if (userId === null) return [];
    const links = await this.#deps.sql.reader.all(queries.linksOfUser, { userId });
    const linked = new Set(links.map((link) => link.connector_id));
    // An account that comes from there stays tied to it.
    const fixed = new Set(links.filter((link) => link.provisioned === 1).map((link) => link.connector_id));
    return (await this.#registry.enabled())
      .filter(({ id, settings }) => linked.has(id) || (settings.kind === 'oidc' && settings.linking))
      .map(({ id, name, settings }) => ({
        connectorId: id,
        connectorName: name,
        linked: linked.has(id),
        canLink: settings.kind === 'oidc' && settings.linking && !fixed.has(id),
      }));
  }

  async linksOf(userId: string): Promise<readonly KeptLink[]> {
    const links = await this.#deps.sql.reader.all(queries.linksOfUser, { userId });
    return links.map((link) => ({
      connectorId: link.connector_id,
      externalId: link.external_id,
      since: link.created_at,
    }));
  }

  async beginLink(context: Context, id: string): Promise<string> {
    const known = await this.accounts(context);
    if (!known.some((each) => each.connectorId === id && each.canLink && !each.linked))
      throw new AppError('not_found', 'there is nothing to link with');
    return this.#external.beginLink(context, id);
  }

  async unlink(context: Context, id: string): Promise<void> {
    const { userId } = requireOwnSession(context);
    const details = { factor: 'external', connectorId: id };
    await this.#deps.sql.transaction(async (tx) => {
      if ((await tx.run(queries.deleteOwnLink, { connectorId: id, userId })) === 0)
        throw new AppError('not_found', 'there is no such link, or the account comes from there');
      await this.#deps.audit.append(tx, context, { kind: 'factor.removed', subjectId: userId, details });
    });
  }

  /** The secret is told only to whom it was meant for. */
  async #keptFor({ settings }: ConnectorInput, id: string): Promise<string | null> {
    const kept = await this.#registry.one(id);
    return kept !== null && addressee(kept.settings) === addressee(settings) ? kept.secret() : null;
  }

  async #try({ settings }: ConnectorInput, secret: string): Promise<ConnectorTest> {
    if (settings.kind === 'oidc') {
      const config = await this.#external.configuration({ id: '' }, settings, secret);
      return { ok: true, message: config.serverMetadata().issuer, found: [] };
    }
    const found: ConnectorTest['found'] = [];
    for await (const { profile } of (await openDirectory(settings, secret)).everybody()) {
      if (profile !== null)
        found.push({ login: profile.login, name: profile.name, groups: [...profile.groups] });
      if (found.length >= shownPeople) break;
    }
    const message = found.length === 0 ? 'connected, but nobody was found: look at base and filter' : '';
    return { ok: found.length > 0, message, found };
  }

  async #syncOne(directory: Directory, dryRun: boolean, signal: AbortSignal): Promise<SyncReport> {
    const { sql, clock } = this.#deps;
    const note = async (error: string | null): Promise<void> => {
      const row = { id: directory.id, at: clock.now(), error };
      if (!dryRun) await sql.transaction((tx) => tx.run(queries.noteSync, row));
    };
    try {
      const opened = await openDirectory(directory.settings, await directory.secret());
      const report = await this.#sync.run(directory, opened, dryRun, signal);
      await note(null);
      if (!dryRun) await this.#recordSync(directory, report);
      return report;
    } catch (error) {
      await note((error instanceof Error ? error.message : String(error)).slice(0, 1000));
      throw error;
    }
  }

  #recordSync({ id: subjectId, name }: Directory, report: SyncReport): Promise<void> {
    const { seen, created, updated, disabled, enabled } = report;
    const details = { name, seen, created, updated, disabled, enabled };
    return this.#deps.audit.keep('system', { kind: 'connector.synchronised', subjectId, details });
  }

  async #directories(): Promise<readonly Directory[]> {
    return (await this.#registry.enabled()).flatMap((each) =>
      each.settings.kind === 'ldap' ? [{ ...each, settings: each.settings }] : [],
    );
  }
}

/** The library is loaded with the first directory: few servers have one. */
async function openDirectory(settings: LdapConnectorSettings, secret: string): Promise<LdapDirectory> {
  const { LdapDirectory: Ldap } = await import('./ldap.ts');
  return new Ldap(settings, secret);
}
