/**
 * Signing in by an OpenID provider outside. Between start and arrival nothing is kept here: the browser carries it, sealed, so that an
 * answer counts only in the browser that asked (no log-in is slipped under somebody), once a code can be redeemed once.
 */
import { hash } from 'node:crypto';
import type { ExternalMethod, OidcConnectorSettings } from '@volvox/api';
import type { Configuration, CustomFetchOptions } from 'openid-client';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { outgoing } from '../../kernel/outgoing.ts';
import type { Sealing } from '../../kernel/sealing.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AuditService } from '../audit/api.ts';
import type { ClientInfo, IdentityService } from '../identity/api.ts';
import type { Accounts } from './accounts.ts';
import type { Arrived, ArrivedBy, Linking, Profile, Started } from './api.ts';
import { profileOf } from './mapping.ts';
import * as queries from './queries.ts';
import type { Connected, Registry } from './registry.ts';

export interface ExternalDeps {
  readonly sql: SqlStore;
  readonly registry: Registry;
  readonly accounts: Accounts;
  readonly identity: Pick<IdentityService, 'user'> & {
    readonly signIn: Pick<IdentityService['signIn'], 'loginAs' | 'requireProof' | 'notify'>;
  };
  readonly audit: Pick<AuditService, 'append'>;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly ask: (url: string, request: Parameters<typeof outgoing>[1]) => Promise<Response>;
  readonly allowPrivate: () => boolean;
}

/** What the browser carries. */
interface Flow {
  readonly connectorId: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
  /** Whose account is to be linked, by which session; null: somebody signs in. */
  readonly link: { readonly userId: string; readonly sessionId: string } | null;
  readonly redirectUri: string;
  readonly until: number;
}

type OidcConnected = Connected & { readonly settings: OidcConnectorSettings };

/** Loaded when somebody signs in that way: few servers have such providers. */
const library = () => import('openid-client');

const flowMs = 10 * 60_000;
const believedMs = 10 * 60_000;

export class External {
  readonly #deps: ExternalDeps;
  readonly #known = new Map<string, { readonly config: Configuration; readonly until: number }>();

  constructor(deps: ExternalDeps) {
    this.#deps = deps;
  }

  async methods(): Promise<readonly ExternalMethod[]> {
    const all = await this.#deps.registry.enabled();
    return all.filter((each) => each.settings.kind === 'oidc').map(({ id, name }) => ({ id, name }));
  }

  async start(id: string, origin: string, returnTo: string, linking: Linking | null): Promise<Started> {
    const connector = await this.#connector(id);
    const link = linking === null ? null : this.#linking(id, linking);
    const config = await this.configuration(connector, connector.settings, await connector.secret());
    const client = await library();
    const verifier = client.randomPKCECodeVerifier();
    const flow: Flow = {
      connectorId: id,
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier,
      returnTo: localPath(returnTo),
      link,
      redirectUri: redirectUriOf(origin, id),
      until: this.#deps.clock.now() + flowMs,
    };
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: flow.redirectUri,
      scope: ['openid', ...connector.settings.scopes.filter((scope) => scope !== 'openid')].join(' '),
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { address: address.href, cookie: this.#deps.sealing.seal('flow', flow) };
  }

  async arrive(
    id: string,
    url: URL,
    cookie: string | null,
    { client: from, device, sessionId }: ArrivedBy,
  ): Promise<Arrived> {
    const flow = this.#flow(id, cookie);
    const connector = await this.#connector(id);
    const profile = await this.#profile(connector, flow, url);
    if (flow.link !== null) {
      if (flow.link.sessionId !== sessionId) throw otherSession();
      await this.#link(connector, profile.externalId, flow.link.userId, from);
      return { session: null, returnTo: flow.returnTo };
    }
    const found = await this.#deps.accounts.of(connector, profile);
    if (found === null) throw refused('unknown', 'nobody here belongs to that account');
    const session = await this.#deps.identity.signIn.loginAs(found.userId, from, {
      remember: false,
      device,
      via: `oidc:${connector.name}`,
      secondStep: connector.settings.secondStep,
    });
    return { session, returnTo: flow.returnTo };
  }

  /**
   * Proof that this session asked for it: a page of others could send the browser to `start` as well, signed in over there as the attacker.
   * It counts together with that session only, as addresses are seen by too many. A way in is added, so it is asked whether it is the person.
   * @throws step_up_required
   */
  async beginLink(context: Context, connectorId: string): Promise<string> {
    const { userId, sessionId } = requireOwnSession(context);
    await this.#deps.identity.signIn.requireProof(context);
    return this.#deps.sealing.seal('link', {
      ...{ connectorId, userId, sessionId },
      until: this.#deps.clock.now() + flowMs,
    });
  }

  /** By discovery; kept for a while. @throws unavailable naming what is wrong there */
  async configuration(
    { id }: Pick<Connected, 'id'>,
    settings: OidcConnectorSettings,
    secret: string,
  ): Promise<Configuration> {
    const key = `${id} ${settings.issuer} ${settings.clientId} ${hash('sha256', secret)}`;
    const known = this.#known.get(key);
    const now = this.#deps.clock.now();
    if (known !== undefined && known.until > now) return known.config;
    const client = await library();
    try {
      const config = await client.discovery(
        new URL(settings.issuer),
        settings.clientId,
        secret === '' ? {} : { client_secret: secret },
        secret === '' ? client.None() : client.ClientSecretBasic(secret),
        {
          // The library's own fetch follows names to wherever they point; ours looks first.
          [client.customFetch]: (address, options) => this.#fetch(address, options),
          // By itself the library trusts the connection that a token came by, and looks at no signature.
          execute: [
            client.enableNonRepudiationChecks,
            ...(this.#deps.allowPrivate() ? [client.allowInsecureRequests] : []),
          ],
        },
      );
      if (id !== '') this.#known.set(key, { config, until: now + believedMs });
      return config;
    } catch (error) {
      throw translate(error);
    }
  }

  #fetch(address: string, options: CustomFetchOptions): Promise<Response> {
    const { method, body, headers, signal } = options;
    const text = body == null ? null : body instanceof URLSearchParams ? body.toString() : textOf(body);
    return this.#deps.ask(address, { method, headers, body: text, ...(signal ? { signal } : {}) });
  }

  async #profile(connector: OidcConnected, flow: Flow, url: URL): Promise<Profile> {
    const { settings } = connector;
    const config = await this.configuration(connector, settings, await connector.secret());
    const client = await library();
    const back = new URL(flow.redirectUri);
    back.search = url.search;
    try {
      // State, nonce, PKCE, issuer of the answer (RFC 9207) and of the token, audience, signature, times.
      const tokens = await client.authorizationCodeGrant(config, back, {
        pkceCodeVerifier: flow.verifier,
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw refused('token', 'the provider gave no ID token');
      const asked = config.serverMetadata().userinfo_endpoint !== undefined;
      const info = asked ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : {};
      const told: Readonly<Record<string, unknown>> = { ...info, ...claims };
      const profile = profileOf(
        {
          id: claims.sub,
          login: told[settings.loginClaim],
          name: told[settings.nameClaim],
          email: told[settings.emailClaim],
          groups: told[settings.groupsClaim],
          attribute: (name) => told[name],
        },
        settings,
      );
      if (profile === null) throw refused('profile', `the provider does not tell ${settings.loginClaim}`);
      return profile;
    } catch (error) {
      throw translate(error);
    }
  }

  /** What somebody else has already can't be linked again. */
  async #link(
    { id: connectorId, name: connector }: Connected,
    externalId: string,
    userId: string,
    from: ClientInfo,
  ): Promise<void> {
    const { sql, audit, identity } = this.#deps;
    const known = await this.#deps.accounts.link(connectorId, externalId);
    if (known?.user_id === userId) return;
    if (known !== undefined) throw refused('linked', 'that account belongs to somebody else here');
    const at = this.#deps.clock.now();
    const details = { factor: 'external', connectorId, connector };
    await sql.transaction(async (tx) => {
      await tx.run(queries.insertLink, { connectorId, externalId, userId, provisioned: 0, at });
      await audit.append(tx, from, { kind: 'factor.added', actorId: userId, subjectId: userId, details });
      await identity.signIn.notify(tx, userId, 'account-linked', from.address);
    });
  }

  async #connector(id: string): Promise<OidcConnected> {
    const connector = await this.#deps.registry.one(id);
    if (connector === null || !connector.enabled || connector.settings.kind !== 'oidc')
      throw new AppError('not_found', 'there is no such provider');
    return { ...connector, settings: connector.settings };
  }

  #flow(connectorId: string, cookie: string | null): Flow {
    const flow = cookie === null ? null : (this.#deps.sealing.open('flow', cookie) as Flow | null); // the edge: sealed by `start`
    if (flow === null || flow.connectorId !== connectorId || flow.until <= this.#deps.clock.now())
      throw refused('expired', 'this log-in has expired, or was begun in another browser: begin again');
    return flow;
  }

  #linking(connectorId: string, { token, sessionId }: Linking): NonNullable<Flow['link']> {
    const opened = this.#deps.sealing.open('link', token);
    const good = opened?.['connectorId'] === connectorId && Number(opened['until']) > this.#deps.clock.now();
    if (!good || sessionId === null || opened['sessionId'] !== sessionId) throw otherSession();
    return { userId: String(opened['userId']), sessionId };
  }
}

/** Neither a token nor an administrator who acts as somebody changes by which accounts that person comes in. */
export function requireOwnSession({ principal }: Context): {
  readonly userId: string;
  readonly sessionId: string;
} {
  const { userId, via, impersonatorId, sessionId, scopes } = principal;
  const own = via === 'session' && impersonatorId === undefined && scopes.includes('account');
  if (userId === null || sessionId === null || !own)
    throw new AppError('forbidden', 'only the person, signed in with a browser, may do this');
  return { userId, sessionId };
}

export function redirectUriOf(origin: string, id: string): string {
  return `${origin}/auth/external/${id}/callback`;
}

/** Of our own application; anything else becomes its first page: `//host`, `/\host` and schemes lead elsewhere. */
export function localPath(path: string): string {
  const good = /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(path) && path.length <= 500;
  return good ? path : '/';
}

function otherSession(): AppError {
  return refused('expired', 'begin again on the page of your account');
}

function refused(reason: string, text: string): AppError {
  return new AppError('unauthenticated', text, { details: { reason } });
}

/** What the library finds wrong is a refused log-in; where nobody answers, the provider is down. */
function translate(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (isAppError(cause)) return cause;
  const text = error instanceof Error ? error.message : String(error);
  const unreachable = error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError');
  return unreachable
    ? new AppError('unavailable', `the provider cannot be asked: ${text}`, { cause: error })
    : new AppError('unauthenticated', `the provider's answer is not valid: ${text}`, {
        cause: error,
        details: { reason: 'answer' },
      });
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString('utf8');
}
