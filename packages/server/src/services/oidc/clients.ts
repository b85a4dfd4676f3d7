/** The apps that may sign people in here. Secrets are kept as hashes: they have 256 random bits. */
import { randomBytes, hash } from 'node:crypto';
import type { OidcClient, OidcClientInput } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { AuditService, Facts } from '../audit/api.ts';
import type { IdentityService } from '../identity/api.ts';
import { differences } from '../journal/api.ts';
import type { ClientMetadata, RegisteredClient } from './api.ts';
import { builtInClients, deviceGrant } from './built-in.ts';
import * as queries from './queries.ts';
import type { ClientRow } from './tables.ts';
import { refuseBadAddresses } from './addresses.ts';

export interface ClientsDeps {
  readonly sql: SqlStore;
  readonly access: Pick<AccessService, 'bumpEpoch' | 'current'>;
  readonly audit: Pick<AuditService, 'append'>;
  readonly identity: { readonly signIn: Pick<IdentityService['signIn'], 'requireProof'> };
  readonly clock: Clock;
}

/** Ids are whatever somebody sends: not all of it can be compared on every database. */
const ours = /^[0-9a-f]{24}$/;

export class Clients {
  readonly #deps: ClientsDeps;

  constructor(deps: ClientsDeps) {
    this.#deps = deps;
  }

  async find(id: string, reader: SqlReader = this.#deps.sql.reader): Promise<RegisteredClient | null> {
    const own = builtInClients.get(id);
    if (own !== undefined) return own;
    if (!ours.test(id)) return null;
    const row = await reader.get(queries.clientById, { id });
    if (row === undefined) return null;
    const input = inputOf(row);
    return { metadata: metadataOf(row.id, input), firstParty: input.firstParty, secretHash: row.secret_hash };
  }

  async list(): Promise<readonly OidcClient[]> {
    const rows = await this.#deps.sql.reader.all(queries.allClients, {});
    return [...[...builtInClients.values()].map(presentBuiltIn), ...rows.map(present)];
  }

  async create(
    context: Context,
    input: OidcClientInput,
  ): Promise<{ client: OidcClient; secret: string | null }> {
    refuseBadAddresses(input);
    const id = randomBytes(12).toString('hex');
    const secret = input.confidential ? newSecret() : null;
    const at = this.#deps.clock.now();
    await this.#change(context, async (tx) => {
      await this.#record(tx, context, { id, name: input.name, change: 'created' }, null, input);
      const [metadata, secretHash] = [JSON.stringify(input), secret && hashOf(secret)];
      await tx.run(queries.insertClient, { id, name: input.name, metadata, secretHash, at });
    });
    return { client: { id, ...input, builtIn: false, createdAt: at }, secret };
  }

  async update(context: Context, id: string, input: OidcClientInput): Promise<OidcClient> {
    refuseBadAddresses(input);
    return this.#change(context, async (tx) => {
      const row = await changeable(tx, id);
      if (input.confidential !== (row.secret_hash !== null))
        throw new AppError('invalid_input', 'an app stays public or confidential: register it anew instead', {
          details: { reason: 'client_kind' },
        });
      const { before, after } = differences(inputOf(row), input);
      await this.#record(tx, context, { id, name: input.name, change: 'updated' }, before, after);
      const metadata = JSON.stringify(input);
      await tx.run(queries.updateClient, {
        id,
        name: input.name,
        metadata,
        secretHash: row.secret_hash,
        at: this.#deps.clock.now(),
      });
      return present({ ...row, name: input.name, metadata });
    });
  }

  async newSecret(context: Context, id: string): Promise<string> {
    const secret = newSecret();
    await this.#change(context, async (tx) => {
      const row = await changeable(tx, id);
      if (row.secret_hash === null) throw new AppError('conflict', 'a public app has no secret');
      const { name, metadata } = row;
      await this.#record(tx, context, { id, name, change: 'secret' }, null, null);
      const at = this.#deps.clock.now();
      await tx.run(queries.updateClient, { id, name, metadata, secretHash: hashOf(secret), at });
    });
    return secret;
  }

  async delete(context: Context, id: string): Promise<void> {
    await this.#change(context, async (tx) => {
      const row = await changeable(tx, id);
      await this.#record(tx, context, { id, name: row.name, change: 'deleted' }, inputOf(row), null);
      const clientId = id;
      await tx.run(queries.deleteRecordsOfClient, { clientId });
      await tx.run(queries.deleteLoginsOfClient, { clientId });
      await tx.run(queries.deleteLogoutsOfClient, { clientId });
      await tx.run(queries.deleteClient, { id });
    });
  }

  /** Raising the epoch first makes such changes run one after another; with it the asker's rights are read anew. */
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

  /** What is registered holds no secret: that one is kept apart. */
  async #record(
    tx: SqlTransaction,
    context: Context,
    { id: clientId, name, change }: { readonly id: string; readonly name: string; readonly change: string },
    before: Facts | null,
    after: Facts | null,
  ): Promise<void> {
    const details = { clientId, name, change };
    const event = { kind: 'oidc.client', subjectId: clientId, before, after, details } as const;
    await this.#deps.audit.append(tx, context, event);
  }
}

export function hashOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

async function changeable(tx: SqlTransaction, id: string): Promise<ClientRow> {
  if (builtInClients.has(id)) throw new AppError('conflict', 'this app comes with Volvox and stays as it is');
  const row = await tx.get(queries.clientById, { id });
  if (row === undefined) throw new AppError('not_found', 'there is no such app');
  return row;
}

function inputOf(row: ClientRow): OidcClientInput {
  return JSON.parse(row.metadata) as OidcClientInput; // the edge: checked against its schema before it was kept
}

function present(row: ClientRow): OidcClient {
  return { id: row.id, ...inputOf(row), builtIn: false, createdAt: row.created_at };
}

function presentBuiltIn({ metadata, firstParty }: RegisteredClient): OidcClient {
  return {
    id: String(metadata['client_id']),
    name: String(metadata['client_name']),
    confidential: false,
    redirectUris: metadata['redirect_uris'] as string[],
    postLogoutRedirectUris: [],
    backchannelLogoutUri: null,
    scopes: String(metadata['scope']).split(' ') as OidcClient['scopes'],
    deviceFlow: true,
    firstParty,
    signing: 'RS256',
    builtIn: true,
    createdAt: null,
  };
}

/** Names of RFC 7591 and OpenID Connect Registration. */
function metadataOf(id: string, input: OidcClientInput): ClientMetadata {
  const redirects = input.redirectUris.length > 0;
  return {
    client_id: id,
    client_name: input.name,
    application_type: input.redirectUris.some(isLocal) && !input.confidential ? 'native' : 'web',
    token_endpoint_auth_method: input.confidential ? 'client_secret_basic' : 'none',
    grant_types: [
      ...(redirects ? ['authorization_code'] : []),
      ...(input.deviceFlow ? [deviceGrant] : []),
      ...(input.scopes.includes('offline_access') ? ['refresh_token'] : []),
    ],
    response_types: redirects ? ['code'] : [],
    redirect_uris: input.redirectUris,
    post_logout_redirect_uris: input.postLogoutRedirectUris,
    scope: input.scopes.join(' '),
    id_token_signed_response_alg: input.signing,
    ...(input.backchannelLogoutUri === null
      ? {}
      : { backchannel_logout_uri: input.backchannelLogoutUri, backchannel_logout_session_required: true }),
  };
}

function isLocal(uri: string): boolean {
  return uri.startsWith('http:');
}
