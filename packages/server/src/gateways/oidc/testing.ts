/** Nodes over one database that serve REST and the provider, and a browser that goes through their pages as the web application does. */
import type { OidcClientInput } from '@volvox/api';
import * as client from 'openid-client';
import type { SecurityEvent } from '../../services/audit/api.ts';
import type { ConnectorsService } from '../../services/connectors/api.ts';
import { connectorsMigrations } from '../../services/connectors/migrations.ts';
import { startConnectors } from '../../services/connectors/service.ts';
import { startOidc } from '../../services/oidc/service.ts';
import { oidcMigrations } from '../../services/oidc/migrations.ts';
import type { OidcService } from '../../services/oidc/api.ts';
import {
  adminPassword,
  contextOf,
  openCluster,
  type TestCluster,
  type TestNode,
} from '../../services/identity/testing.ts';
import { accessMigrations } from '../../services/access/migrations.ts';
import { identityMigrations } from '../../services/identity/migrations.ts';
import { workspacesMigrations } from '../../services/workspaces/migrations.ts';
import { isAppError } from '../../kernel/errors.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { Context } from '../../kernel/context.ts';
import { fakeServices, startTestServer, type TestServer } from '../http/testing.ts';
import { Browser, personPassword } from '../testing/page-browser.ts';
import { createOidcGateways } from './gateway.ts';

export interface ProviderNode {
  readonly oidc: OidcService;
  readonly connectors: ConnectorsService;
  readonly identity: TestNode['identity'];
  readonly server: TestServer;
}

export interface Provider {
  readonly cluster: TestCluster;
  /** As given by VOLVOX_URL; the first node listens there. */
  readonly issuer: string;
  readonly nodes: readonly ProviderNode[];
  readonly admin: Context;
  /** What was posted to clients, and what they answer to it. */
  readonly posted: { readonly url: string; readonly body: URLSearchParams }[];
  postStatus: number;
  /** Whether the audit log takes nothing in transactions. */
  auditAway: boolean;
  /** Security events of all nodes. */
  readonly recorded: readonly SecurityEvent[];
  register(
    input?: Partial<OidcClientInput>,
  ): Promise<{ readonly id: string; readonly secret: string | null }>;
  person(login: string): Promise<string>;
  close(): Promise<void>;
}

export { Browser, personPassword };

export const redirectUri = 'https://app.example/callback';

const settings = {
  'oidc.accessMinutes': 10,
  'oidc.refreshDays': 60,
  'oidc.keyDays': 90,
  'connectors.allowPrivate': true,
} as const;

export async function openProvider(count = 1): Promise<Provider> {
  const cluster = await openCluster();
  await cluster.sql.migrate([
    ...accessMigrations,
    ...identityMigrations,
    ...workspacesMigrations,
    ...oidcMigrations,
    ...connectorsMigrations,
  ]);
  cluster.clock.time = Date.now();
  Object.assign(cluster.settings, settings);
  const posted: { url: string; body: URLSearchParams }[] = [];
  const state = { postStatus: 200, auditAway: false, issuer: '', recorded: [] as SecurityEvent[] };
  const post = async (url: string, body: URLSearchParams): Promise<number> => {
    posted.push({ url, body });
    return state.postStatus;
  };
  const nodes: ProviderNode[] = [];
  for (let each = 0; each < count; each++) nodes.push(await startProviderNode(cluster, post, state));
  const [first] = nodes;
  if (first === undefined) throw new Error('no node');
  await first.identity.setup({ key: null, login: 'root', password: adminPassword });
  const root = await first.identity.userByLogin('root');
  const admin = contextOf(await first.identity.principalOf(root?.id ?? ''));
  return {
    cluster,
    get issuer() {
      return state.issuer;
    },
    nodes,
    admin,
    posted,
    recorded: state.recorded,
    get postStatus() {
      return state.postStatus;
    },
    set postStatus(status) {
      state.postStatus = status;
    },
    get auditAway() {
      return state.auditAway;
    },
    set auditAway(away) {
      state.auditAway = away;
    },
    async register(input = {}) {
      const { client, secret } = await first.oidc.createClient(admin, { ...appInput, ...input });
      return { id: client.id, secret };
    },
    person: async (login) =>
      (
        await first.identity.createUser(admin, {
          login,
          password: personPassword,
          displayName: `The ${login}`,
        })
      ).id,
    async close() {
      for (const node of nodes) await node.server.close();
      await cluster.close();
    },
  };
}

export const appInput: OidcClientInput = {
  name: 'An App',
  confidential: true,
  redirectUris: [redirectUri],
  postLogoutRedirectUris: ['https://app.example/bye'],
  backchannelLogoutUri: null,
  scopes: ['openid', 'offline_access', 'profile', 'email', 'groups', 'files:read', 'files:write', 'account'],
  deviceFlow: false,
  firstParty: false,
  signing: 'RS256',
};

async function startProviderNode(
  cluster: TestCluster,
  post: (url: string, body: URLSearchParams) => Promise<number>,
  state: { issuer: string; readonly auditAway: boolean; readonly recorded: SecurityEvent[] },
): Promise<ProviderNode> {
  const later: { oidc?: OidcService; connectors?: ConnectorsService } = {};
  const verifier = (): OidcService['accessTokens'] => {
    if (later.oidc === undefined) throw new Error('too early');
    return later.oidc.accessTokens;
  };
  const { identity, access } = await cluster.start(undefined, {
    verifiers: {
      password: async (...input) => (await later.connectors?.password(...input)) ?? null,
      accessToken: {
        verify: (secret, from, epoch) => verifier().verify(secret, from, epoch),
        reload: (reader, principal, epoch) => verifier().reload(reader, principal, epoch),
      },
    },
  });
  const { sql, vault, clock } = cluster;
  const audit = {
    keep: async (_from: unknown, event: SecurityEvent) => void state.recorded.push(event),
    append: async (_tx: unknown, _from: unknown, event: SecurityEvent) => {
      if (state.auditAway) throw new Error('away');
      state.recorded.push(event);
    },
  };
  const get = ((key: keyof typeof settings) => cluster.settings[key] ?? settings[key]) as never;
  const { api: oidc } = await startOidc({
    ...{ sql, vault, clock, identity, access, audit, post },
    settings: { get },
    log: silentLogger,
  });
  later.oidc = oidc;
  const { api: connectors } = await startConnectors({
    ...{ sql, vault, clock, identity, access, audit },
    settings: { get },
    log: silentLogger,
    publicUrl: null,
  });
  later.connectors = connectors;
  const services = { ...fakeServices(), identity, oidc, connectors };
  const real = { ...services, settings: { ...services.settings, get } };
  const gateways = createOidcGateways(real, {
    get publicUrl() {
      return state.issuer;
    },
  });
  const server = await startTestServer(real, {}, gateways);
  if (state.issuer === '') state.issuer = server.url;
  return { oidc, connectors, identity, server };
}

export interface SignIn {
  readonly config: client.Configuration;
  readonly app: { readonly id: string; readonly secret: string | null };
  /** Where the client was reached. */
  readonly back: URL;
  readonly verifier: string;
  redeem(): ReturnType<typeof client.authorizationCodeGrant>;
}

/** Up to the code, through every page. */
export async function signInAt(
  provider: Provider,
  browser: Browser,
  app: { readonly id: string; readonly secret: string | null },
  parameters: Readonly<Record<string, string>> = {},
): Promise<SignIn> {
  const config = await discover(provider, app);
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile offline_access files:read files:write account',
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const back = await browser.authorize(url);
  const redeem = () => client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier });
  return { config, app, back, verifier, redeem };
}

/** openid-client's view of the provider, had through discovery. */
export async function discover(
  provider: Provider,
  { id, secret }: { readonly id: string; readonly secret: string | null },
): Promise<client.Configuration> {
  return client.discovery(
    new URL(provider.issuer),
    id,
    { ...(secret === null ? {} : { client_secret: secret }) },
    secret === null ? client.None() : client.ClientSecretBasic(secret),
    { execute: [client.allowInsecureRequests] },
  );
}

/** Who a node takes an access token for; null: for nobody. */
export async function bearer(provider: Provider, node: number, secret: string): Promise<string | null> {
  try {
    const principal = await provider.nodes[node]?.identity.authenticate({ kind: 'bearer', secret }, anybody);
    return principal?.login ?? null;
  } catch (error) {
    if (isAppError(error, 'unauthenticated')) return null;
    throw error;
  }
}

export const anybody = { address: '192.0.2.9', userAgent: 'test' };

/** For `assert.rejects`: the endpoint answered with this error of OAuth. */
export const refused = (code: string) => (error: unknown) =>
  error instanceof client.ResponseBodyError && error.error === code;
