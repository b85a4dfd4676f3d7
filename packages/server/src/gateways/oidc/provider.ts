/** How oidc-provider is set up: what is offered is listed here, everything else is off. */
import { hash, timingSafeEqual } from 'node:crypto';
import Provider, {
  errors,
  interactionPolicy,
  type Configuration,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { JWK } from 'jose';
import { isAppError, type AppError } from '../../kernel/errors.ts';
import type { Services } from '../contract.ts';
import { provenScopes } from '../../services/oidc/api.ts';
import { clearedCookieHeader } from '../http/cookies.ts';
import { accountFinder, claimsOfScopes } from './accounts.ts';
import { createAdapter } from './adapter.ts';
import type { Mirror } from './mirror.ts';
import { askLogout, protocolPagePolicy, showError, showLater, showLoggedOut } from './pages.ts';

export interface ProviderOptions {
  readonly issuer: string;
  readonly keys: readonly JWK[];
  readonly services: Pick<Services, 'oidc' | 'identity' | 'settings'>;
  readonly mirror: Mirror;
}

const minute = 60;
const day = 86_400;
const signing = ['RS256', 'ES256'] as const;

export function createProvider(options: ProviderOptions): Provider {
  const { issuer, mirror } = options;
  const provider = new Provider(issuer, configure(options));
  behindOurServer(provider, issuer, mirror);
  mirror.attach(provider);
  provider.use((ctx, next) => around(ctx as KoaContextWithOIDC, next, options));
  provider.Client.prototype.compareClientSecret = async function compare(actual: string) {
    const [kept, given] = [this.clientSecret ?? '', hash('sha256', actual, 'hex')].map((text) =>
      Buffer.from(text),
    );
    return (
      kept !== undefined &&
      given !== undefined &&
      kept.length === given.length &&
      timingSafeEqual(kept, given)
    );
  };
  provider.on('server_error', (ctx, error) => {
    if (isAppError(error) && later.has(error.code)) return tellLater(ctx, error);
    mirror.requestOf(ctx.req)?.log.error({ err: error }, 'the OpenID provider failed');
  });
  return provider;
}

const later: ReadonlySet<string> = new Set<AppError['code']>(['read_only', 'unavailable']);

/** The library calls all that its store throws a fault of ours. An answer that is a redirect says so to the app (RFC 6749, 4.1.2.1). */
function tellLater(ctx: KoaContextWithOIDC, error: AppError): void {
  if (ctx.status < 500) return;
  ctx.status = 503;
  ctx.set('Retry-After', '30');
  if (ctx.response.is('html')) showLater(ctx);
  else ctx.body = { error: 'temporarily_unavailable', error_description: error.message };
}

const routes = {
  authorization: '/auth/authorize',
  token: '/auth/token',
  userinfo: '/auth/userinfo',
  jwks: '/auth/keys',
  revocation: '/auth/revoke',
  introspection: '/auth/introspect',
  end_session: '/auth/logout',
  device_authorization: '/auth/device',
  code_verification: '/device', // a page of the web application
};

function configure(options: ProviderOptions): Configuration {
  const { keys, services, mirror, issuer } = options;
  const { oidc, identity, settings } = services;
  const now = (): number => oidc.now();
  const cookie = { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true, path: '/auth' } as const;
  return {
    adapter: (model) => createAdapter(model, oidc, mirror),
    jwks: { keys: keys.map((key) => ({ ...key })) } as NonNullable<Configuration['jwks']>,
    findAccount: accountFinder(identity, now),
    claims: claimsOfScopes,
    scopes: [
      'openid',
      'offline_access',
      'profile',
      'email',
      'groups',
      'files:read',
      'files:write',
      'account',
      'admin',
    ],
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientDefaults: { id_token_signed_response_alg: 'RS256' },
    enabledJWA: {
      idTokenSigningAlgValues: [...signing],
      userinfoSigningAlgValues: [...signing],
    },
    pkce: { required: (_ctx, client) => client.tokenEndpointAuthMethod === 'none' },
    routes,
    cookies: {
      names: {
        session: 'volvox_oidc',
        interaction: 'volvox_oidc_interaction',
        resume: 'volvox_oidc_resume',
      },
      keys: [oidc.cookieKey],
      long: cookie,
      short: { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true },
    },
    ttl: lifetimes(settings),
    features: features(options),
    interactions: {
      policy: interactionPolicy.base(),
      url: (_ctx, interaction) => `/consent/${interaction.uid}`,
    },
    loadExistingGrant: (ctx) => grantFor(ctx, services),
    issueRefreshToken: (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    rotateRefreshToken: true,
    allowOmittingSingleRegisteredRedirectUri: false,
    renderError: (ctx, out) => showError(ctx, out),
    clientBasedCORS: (_ctx, origin, client) =>
      client.tokenEndpointAuthMethod === 'none' &&
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    discovery: {
      service_documentation: `${issuer}/api/docs`,
      ui_locales_supported: ['en', 'de', 'fr'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    },
    // Nothing that a client registers is fetched by the library.
    fetch: () => Promise.reject(new errors.InvalidRequest('nothing is fetched')),
  };
}

function lifetimes(settings: Services['settings']): Configuration['ttl'] {
  return {
    AccessToken: () => settings.get('oidc.accessMinutes') * minute,
    AuthorizationCode: 60,
    DeviceCode: 10 * minute,
    Grant: 365 * day,
    IdToken: () => settings.get('oidc.accessMinutes') * minute,
    Interaction: 30 * minute,
    RefreshToken: () => settings.get('oidc.refreshDays') * day,
    Session: 30 * day,
  };
}

function features({ services, mirror }: ProviderOptions): Configuration['features'] {
  const { identity, oidc } = services;
  const now = (): number => oidc.now();
  return {
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true, deviceInfo: (ctx) => ({ ip: mirror.requestOf(ctx.req)?.client.address }) },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    introspection: {
      enabled: true,
      allowedPolicy: async (ctx, client, token) =>
        token.clientId === client.clientId && (await isActive(ctx, token, identity, now)),
    },
    userinfo: { enabled: true },
    claimsParameter: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: askLogout,
      postLogoutSuccessSource: showLoggedOut,
    },
    // Sent by our own duty, whatever ended the session; said in discovery.
    backchannelLogout: { enabled: true },
    resourceIndicators: { enabled: false },
    registration: { enabled: false },
    // Clients use what discovery tells of: our routes know neither.
    pushedAuthorizationRequests: { enabled: false },
    dPoP: { enabled: false },
  };
}

async function isActive(
  ctx: KoaContextWithOIDC,
  token: object,
  identity: Services['identity'],
  now: () => number,
): Promise<boolean> {
  const sub = 'accountId' in token ? String(token.accountId) : '';
  return (await accountFinder(identity, now)(ctx, sub)) !== undefined;
}

/** The one that the browser's session has; for clients that are ours one is made without asking. */
async function grantFor(ctx: KoaContextWithOIDC, { oidc }: ProviderOptions['services']) {
  const { provider, client, session, result } = ctx.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const known = id === undefined ? undefined : await provider.Grant.find(id);
  const { firstParty } = (await oidc.client(client.clientId)) ?? { firstParty: false };
  // A native app proves nothing about itself: any program may stand behind it. So the person is asked, as before what needs a proof is given.
  const scopes = ctx.oidc.requestParamOIDCScopes;
  const asks = client.applicationType === 'native' || provenScopes.some((scope) => scopes.has(scope));
  if (!firstParty || asks) return known;
  const grant = known ?? new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
  grant.addOIDCClaims([...ctx.oidc.requestParamClaims]);
  await grant.save();
  return grant;
}

/** What the library asks of a request is ours to say: the address it is reached at, and whether that is https. */
function behindOurServer(provider: Provider, issuer: string, mirror: Mirror): void {
  const { protocol, host } = new URL(issuer);
  Object.defineProperties(provider.request, {
    protocol: { get: () => protocol.slice(0, -1) },
    secure: { get: () => protocol === 'https:' },
    host: { get: () => host },
    ip: {
      get(this: { readonly req: Parameters<Mirror['requestOf']>[0] }) {
        return mirror.requestOf(this.req)?.client.address;
      },
    },
  });
}

async function around(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
  { services, mirror, issuer }: ProviderOptions,
): Promise<void> {
  ctx.set('Content-Security-Policy', protocolPagePolicy);
  await next();
  const { oidc } = ctx;
  const route = oidc?.route;
  if (route === 'end_session_confirm' && ctx.status === 303 && oidc.params?.['logout'] !== undefined) {
    const present = await mirror.of(ctx.req);
    if (present !== null) await services.identity.logout(present.context);
    ctx.append('Set-Cookie', clearedCookieHeader(issuer.startsWith('https:')));
  }
  const { AuthorizationCode: code, Client: client, Session: session } = oidc?.entities ?? {};
  if (code !== undefined && client?.backchannelLogoutUri && session !== undefined) {
    const present = await mirror.of(ctx.req);
    const sid = session.sidFor(client.clientId);
    if (present !== null && typeof sid === 'string') {
      const { userId, sessionId } = present.principal;
      await services.oidc.noteLogin({ sessionId, userId, clientId: client.clientId, sid, issuer });
    }
  }
}
