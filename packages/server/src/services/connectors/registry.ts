/** The connections themselves: settings in SQL, each secret in the vault. */
import type { Connector, ConnectorInput, ConnectorSettings } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { AuditService, Facts } from '../audit/api.ts';
import type { IdentityService } from '../identity/api.ts';
import * as queries from './queries.ts';
import type { ConnectorRow } from './tables.ts';

export interface RegistryDeps {
  readonly sql: SqlStore;
  readonly vault: VaultStore;
  readonly access: Pick<AccessService, 'bumpEpoch' | 'current'>;
  readonly audit: Pick<AuditService, 'append'>;
  readonly identity: { readonly signIn: Pick<IdentityService['signIn'], 'requireProof'> };
  readonly clock: Clock;
  /** VOLVOX_URL */
  readonly publicUrl: string | null;
}

export interface Connected {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly settings: ConnectorSettings;
  readonly syncedAt: number | null;
  /** '' if there is none. */
  secret(): Promise<string>;
}

export class Registry {
  readonly #deps: RegistryDeps;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  async enabled(): Promise<readonly Connected[]> {
    const rows = await this.#deps.sql.reader.all(queries.allConnectors, {});
    return rows.filter((row) => row.enabled === 1).map((row) => this.#connected(row));
  }

  async one(id: string): Promise<Connected | null> {
    const row = await this.#deps.sql.reader.get(queries.connectorById, { id });
    return row === undefined ? null : this.#connected(row);
  }

  async list(): Promise<readonly Connector[]> {
    const rows = await this.#deps.sql.reader.all(queries.allConnectors, {});
    return Promise.all(rows.map((row) => this.#present(row)));
  }

  async create(context: Context, input: ConnectorInput): Promise<Connector> {
    const id = newId();
    const { kind } = input.settings;
    const at = this.#deps.clock.now();
    await this.#change(context, async (tx) => {
      await this.#record(tx, context, id, null, { ...factsOf(input), ...secretFacts(input.secret) });
      await tx.run(queries.insertConnector, { ...rowOf(id, input), kind, at });
    });
    await this.#keepSecret(id, input.secret);
    return this.#shown(id);
  }

  async update(context: Context, id: string, input: ConnectorInput): Promise<Connector> {
    const keeps = input.secret === undefined && (await this.secretOf(id)) !== null;
    await this.#change(context, async (tx) => {
      const row = await existing(tx, id);
      if (row.kind !== input.settings.kind)
        throw new AppError('invalid_input', 'a connection stays of its kind: make another one instead');
      const after = { ...factsOf(input), ...secretFacts(input.secret) };
      await this.#record(tx, context, id, factsOf(inputOf(row)), after);
      if (keeps) refuseToPassOn(settingsOf(row), input.settings);
      await tx.run(queries.updateConnector, rowOf(id, input));
    });
    await this.#keepSecret(id, input.secret);
    return this.#shown(id);
  }

  async delete(context: Context, id: string): Promise<void> {
    await this.#change(context, async (tx) => {
      await this.#record(tx, context, id, factsOf(inputOf(await existing(tx, id))), null);
      await tx.run(queries.deleteLinksOfConnector, { connectorId: id });
      await tx.run(queries.deleteConnector, { id });
    });
    await this.#deps.vault.delete(secretName(id));
  }

  secretOf(id: string): Promise<string | null> {
    return this.#deps.vault.get(secretName(id));
  }

  /** Raising the epoch makes passwords that a directory has vouched for count no longer. */
  async #change<T>(context: Context, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    const { sql, access, identity } = this.#deps;
    await identity.signIn.requireProof(context);
    return sql.transaction(async (tx) => {
      await access.bumpEpoch(tx);
      const principal = await access.current(tx, context);
      if (!principal.admin) throw new AppError('forbidden', 'only admins may do this');
      return work(tx);
    });
  }

  async #record(
    tx: SqlTransaction,
    context: Context,
    subjectId: string,
    before: Facts | null,
    after: Facts | null,
  ): Promise<void> {
    const event = { kind: 'connector.changed', subjectId, before, after } as const;
    await this.#deps.audit.append(tx, context, event);
  }

  async #keepSecret(id: string, secret: string | null | undefined): Promise<void> {
    if (secret === undefined) return;
    if (secret === null || secret === '') await this.#deps.vault.delete(secretName(id));
    else await this.#deps.vault.put(secretName(id), secret);
  }

  async #shown(id: string): Promise<Connector> {
    return this.#present(await existing(this.#deps.sql.reader, id));
  }

  async #present(row: ConnectorRow): Promise<Connector> {
    const { publicUrl, sql } = this.#deps;
    const links = await sql.reader.get(queries.countLinks, { connectorId: row.id });
    return {
      id: row.id,
      name: row.name,
      enabled: row.enabled === 1,
      position: row.position,
      settings: settingsOf(row),
      hasSecret: (await this.secretOf(row.id)) !== null,
      redirectUri:
        row.kind === 'oidc' && publicUrl !== null ? `${publicUrl}/auth/external/${row.id}/callback` : null,
      users: links?.count ?? 0,
      lastSync: row.synced_at === null ? null : { at: row.synced_at, error: row.sync_error },
    };
  }

  #connected(row: ConnectorRow): Connected {
    return {
      id: row.id,
      name: row.name,
      enabled: row.enabled === 1,
      settings: settingsOf(row),
      syncedAt: row.synced_at,
      secret: async () => (await this.secretOf(row.id)) ?? '',
    };
  }
}

/** Whom the secret of a connection is told to, and under what name. */
export function addressee(settings: ConnectorSettings): string {
  return settings.kind === 'ldap'
    ? JSON.stringify([settings.url, settings.bindDn, settings.startTls])
    : JSON.stringify([settings.issuer, settings.clientId]);
}

/** A secret is kept for whom it was typed in for. @throws invalid_input */
function refuseToPassOn(old: ConnectorSettings, next: ConnectorSettings): void {
  if (addressee(old) === addressee(next)) return;
  throw new AppError('invalid_input', 'type the secret in again: it was kept for another address or name', {
    details: { reason: 'secret_addressee' },
  });
}

/** The settings hold no secret. */
type Shown = Pick<ConnectorInput, 'name' | 'enabled' | 'position' | 'settings'>;

function factsOf({ name, enabled, position, settings }: Shown): Facts {
  return { name, enabled, position, settings };
}

function inputOf(row: ConnectorRow): Shown {
  const { name, position } = row;
  return { name, position, enabled: row.enabled === 1, settings: settingsOf(row) };
}

/** That it is another one now, and no more. */
function secretFacts(secret: string | null | undefined): Facts {
  if (secret === undefined) return {};
  return { secret: secret === null || secret === '' ? 'removed' : 'set' };
}

function secretName(id: string): string {
  return `connectors/${id}`;
}

function settingsOf(row: ConnectorRow): ConnectorSettings {
  return JSON.parse(row.settings) as ConnectorSettings; // the edge: checked against its schema before it was kept
}

function rowOf(id: string, input: ConnectorInput): queries.ConnectorParameters {
  const { name, position, enabled, settings } = input;
  return { id, name, position, enabled: enabled ? 1 : 0, settings: JSON.stringify(settings) };
}

async function existing(reader: Pick<SqlTransaction, 'get'>, id: string): Promise<ConnectorRow> {
  const row = await reader.get(queries.connectorById, { id });
  if (row === undefined) throw new AppError('not_found', 'there is no such connection');
  return row;
}
