/** Nodes over one database that serve REST and the provider, and a browser that goes through their pages as the web application does. */
import type { OidcClientInput } from '@volvox/api';
import * as client from 'openid-client';
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
import { silentLogger } from '../../kernel/logger.ts';
import type { Context } from '../../kernel/context.ts';
import { fakeServices, json, send, startTestServer, type TestServer } from '../http/testing.ts';
import { createOidcGateways } from './gateway.ts';

export const personPassword = 'correct horse 2';

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
  register(
    input?: Partial<OidcClientInput>,
  ): Promise<{ readonly id: string; readonly secret: string | null }>;
  person(login: string): Promise<string>;
  close(): Promise<void>;
}

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
  const state = { postStatus: 200, issuer: '' };
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
    get postStatus() {
      return state.postStatus;
    },
    set postStatus(status) {
      state.postStatus = status;
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
  state: { issuer: string },
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
  const audit = { record: () => {}, append: async () => {} };
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

/** Keeps cookies by name and path, and follows what it is told until it leaves the server. */
export class Browser {
  readonly #provider: Provider;
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>();
  csrf = '';
  /** Which node takes the next request. */
  node = 0;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  async signIn(login: string, password = personPassword): Promise<void> {
    const answer = await this.rest('POST', '/session', { login, password });
    this.csrf = String(answer.json()['csrfToken']);
  }

  rest(method: string, path: string, body?: object) {
    return this.send(method, `/api/v1${path}`, body === undefined ? undefined : JSON.stringify(body), {
      ...(body === undefined ? {} : json),
      'x-csrf-token': this.csrf,
    });
  }

  form(path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
    return this.send('POST', path, new URLSearchParams(fields).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    });
  }

  async send(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
    const target = this.#provider.nodes[this.node % this.#provider.nodes.length];
    const pathname = path.split('?', 1)[0] ?? '';
    const cookie = [...this.#cookies]
      .filter(
        ([, kept]) => kept.path === '/' || pathname === kept.path || pathname.startsWith(`${kept.path}/`),
      )
      .map(([name, kept]) => `${name}=${kept.value}`)
      .join('; ');
    const answer = await send(
      target?.server.port ?? 0,
      { method, path, headers: { ...headers, ...(cookie === '' ? {} : { cookie }) } },
      body,
    );
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return answer;
  }

  /** Goes to an address of the provider. @returns where it ends up: outside, or at a page of the web application */
  async go(
    address: string | URL,
  ): Promise<{ readonly at: URL; readonly status: number; readonly text: string }> {
    let url = new URL(address, this.#provider.issuer);
    for (let hop = 0; hop < 10; hop++) {
      if (url.origin !== this.#provider.issuer || url.pathname.startsWith('/consent/'))
        return { at: url, status: 0, text: '' };
      const answer = await this.send('GET', url.pathname + url.search);
      const { location } = answer.headers;
      if (location === undefined) return { at: url, status: answer.status, text: answer.body.toString() };
      url = new URL(location, url);
    }
    throw new Error('goes round in circles');
  }

  /** As the page at /consent/<uid> does. @returns where it goes on, or what it asks */
  async answer(at: URL, allow = true): Promise<URL | 'reauthenticate' | 'refused'> {
    const uid = at.pathname.split('/')[2] ?? '';
    const next = await this.rest('POST', `/oidc/interactions/${uid}`, {});
    if (next.status !== 200) return 'refused';
    const { redirectTo, reauthenticate } = next.json();
    if (reauthenticate === true) return 'reauthenticate';
    if (typeof redirectTo === 'string') return new URL(redirectTo);
    const decided = await this.rest('POST', `/oidc/interactions/${uid}/decision`, { allow });
    return decided.status === 200 ? new URL(String(decided.json()['redirectTo'])) : 'refused';
  }

  /** Through log-in and consent until the client is reached. */
  async authorize(url: URL, allow = true): Promise<URL> {
    let { at, status, text } = await this.go(url);
    for (let step = 0; at.pathname.startsWith('/consent/') && step < 4; step++) {
      const next = await this.answer(at, allow);
      if (!(next instanceof URL)) throw new Error(next);
      ({ at, status, text } = await this.go(next));
    }
    if (at.origin === this.#provider.issuer) throw new Error(`stuck at ${at.href}: ${status} ${text}`);
    return at;
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */);
    const cut = pair.indexOf('=');
    const [name, value] = [pair.slice(0, cut), pair.slice(cut + 1)];
    const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? '/';
    const gone = value === '' || attributes.some((each) => /^expires=thu, 01 jan 1970/i.test(each));
    if (gone) this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path });
  }
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
