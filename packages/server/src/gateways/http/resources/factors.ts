/** Signing in beyond login and password, and what administrators do about it. */
import type { Route } from '@volvox/api';
import { AppError } from '../../../kernel/errors.ts';
import type {
  Assertion,
  Attestation,
  Proof,
  SecondMethod,
  SecondStep,
  Site,
} from '../../../services/identity/api.ts';
import {
  ownSessionCookie,
  ownSessionCookieHeader,
  readCookie,
  sessionCookie,
  sessionCookieHeader,
  clearedCookieHeader,
} from '../cookies.ts';
import type { Call, Handlers } from '../handler.ts';
import type { RestDeps } from '../rest-deps.ts';
import { deviceOf, presentOpened } from './session.ts';

type LoginNames =
  | 'signInOptions'
  | 'secondStep'
  | 'secondStepOptions'
  | 'passkeyOptions'
  | 'passkeyLogin'
  | 'requestPasswordReset'
  | 'finishPasswordReset';
type OwnNames =
  | 'proofState'
  | 'proofOptions'
  | 'prove'
  | 'revokeOtherSessions'
  | 'listFactors'
  | 'beginTotp'
  | 'confirmTotp'
  | 'removeTotp'
  | 'beginPasskey'
  | 'addPasskey'
  | 'renamePasskey'
  | 'removePasskey'
  | 'newRecoveryCodes';
type AdminNames =
  | 'userSignIn'
  | 'demandNewPassword'
  | 'resetFactors'
  | 'removeUserTotp'
  | 'removeUserPasskey'
  | 'removeUserRecoveryCodes'
  | 'userSessions'
  | 'revokeUserSessions'
  | 'revokeUserSession'
  | 'impersonate'
  | 'stopImpersonating';

export function signInHandlers(deps: RestDeps): Pick<Handlers, LoginNames | OwnNames | AdminNames> {
  return { ...loginHandlers(deps), ...ownHandlers(deps), ...adminHandlers(deps) };
}

function loginHandlers({ services, publicUrl }: RestDeps): Pick<Handlers, LoginNames> {
  const { signIn } = services.identity;
  return {
    signInOptions: async () => ({
      passwordReset: signIn.resetOffered(),
      password: { ...signIn.passwordPolicy() },
    }),
    async secondStep(call) {
      const { challenge } = call.body;
      const { client } = call.scope;
      const device = deviceOf(call);
      const site = siteOf(call, publicUrl);
      const { session, remember } = await signIn.second(challenge, stepOf(call.body), site, client, device);
      return presentOpened(services, call, session, remember);
    },
    secondStepOptions: async (call) =>
      forBrowser(await signIn.secondOptions(call.body.challenge, siteOf(call, publicUrl))),
    passkeyOptions: async (call) =>
      forBrowser(await signIn.passkeyOptions(siteOf(call, publicUrl), call.scope.client)),
    async passkeyLogin(call) {
      const remember = call.body.remember ?? false;
      const options = { remember, device: deviceOf(call) };
      const assertion = call.body.assertion as Assertion;
      const site = siteOf(call, publicUrl);
      const session = await signIn.passkeyLogin(assertion, site, call.scope.client, options);
      return presentOpened(services, call, session, remember);
    },
    requestPasswordReset: (call) =>
      signIn.requestReset(call.body.user, call.scope.client, call.body.locale ?? null),
    finishPasswordReset: (call) => signIn.finishReset(call.body.token, call.body.password, call.scope.client),
  };
}

function ownHandlers({ services, publicUrl }: RestDeps): Pick<Handlers, OwnNames> {
  const { signIn } = services.identity;
  const listed = (codes: readonly string[] | null) => ({ recoveryCodes: codes === null ? null : [...codes] });
  return {
    async proofState(call) {
      const { methods, ...state } = await signIn.proofState(call.context);
      return { ...state, methods: [...methods] };
    },
    proofOptions: async (call) =>
      forBrowser(await signIn.proofOptions(call.context, siteOf(call, publicUrl))),
    prove: async (call) => ({
      until: await signIn.prove(call.context, proofOf(call.body), siteOf(call, publicUrl)),
    }),
    revokeOtherSessions: (call) => signIn.revokeOtherSessions(call.context),
    async listFactors(call) {
      const factors = await signIn.factors(call.context);
      return { ...factors, passkeys: [...factors.passkeys] };
    },
    beginTotp: (call) => signIn.beginTotp(call.context),
    confirmTotp: async (call) => listed(await signIn.confirmTotp(call.context, call.body.code)),
    removeTotp: (call) => signIn.removeTotp(call.context),
    beginPasskey: async (call) =>
      forBrowser(await signIn.beginPasskey(call.context, siteOf(call, publicUrl))),
    addPasskey: async (call) => {
      const attestation = call.body.attestation as Attestation;
      const site = siteOf(call, publicUrl);
      return listed(await signIn.addPasskey(call.context, attestation, call.body.name, site));
    },
    renamePasskey: (call) => signIn.renamePasskey(call.context, call.params.id, call.body.name),
    removePasskey: (call) => signIn.removePasskey(call.context, call.params.id),
    newRecoveryCodes: async (call) => ({
      recoveryCodes: [...(await signIn.newRecoveryCodes(call.context))],
    }),
  };
}

function adminHandlers({ services }: RestDeps): Pick<Handlers, AdminNames> {
  const { signIn } = services.identity;
  return {
    async userSignIn(call) {
      const state = await signIn.stateOf(call.context, call.params.id);
      return { ...state, passkeys: [...state.passkeys] };
    },
    demandNewPassword: (call) => signIn.demandNewPassword(call.context, call.params.id, call.body.demanded),
    resetFactors: (call) => signIn.resetFactors(call.context, call.params.id),
    removeUserTotp: (call) => signIn.removeFactor(call.context, call.params.id, { kind: 'totp' }),
    removeUserPasskey: ({ context, params }) =>
      signIn.removeFactor(context, params.id, { kind: 'passkey', id: params.passkeyId }),
    removeUserRecoveryCodes: (call) =>
      signIn.removeFactor(call.context, call.params.id, { kind: 'recovery' }),
    userSessions: async (call) => ({ items: [...(await signIn.sessionsOf(call.context, call.params.id))] }),
    revokeUserSessions: (call) => signIn.revokeSessionsOf(call.context, call.params.id, null),
    revokeUserSession: (call) => signIn.revokeSessionsOf(call.context, call.params.id, call.params.sessionId),
    async impersonate(call) {
      const { raw, origin, client } = call.scope;
      const session = await signIn.impersonate(call.context, call.params.id, client);
      const own = readCookie(raw.headers.cookie, sessionCookie) ?? '';
      call.setHeader('set-cookie', ownSessionCookieHeader(own, origin.secure));
      return presentOpened(services, call, session, false);
    },
    async stopImpersonating(call) {
      const { raw, origin } = call.scope;
      const secret = readCookie(raw.headers.cookie, ownSessionCookie);
      const own = await signIn.stopImpersonating(call.context, secret);
      call.setHeader('set-cookie', ownSessionCookieHeader('', origin.secure));
      const back =
        own === null || secret === null
          ? clearedCookieHeader(origin.secure)
          : sessionCookieHeader(secret, origin.secure, own.remember ? own.expiresAt : null);
      call.setHeader('set-cookie', back);
    },
  };
}

/** By VOLVOX_URL, else as the browser asked: what that says of itself is compared with it, and signed. */
function siteOf({ scope }: Pick<Call<Route>, 'scope'>, publicUrl: string | undefined): Site {
  const { host, secure } = scope.origin;
  try {
    const url = new URL(publicUrl ?? `${secure ? 'https' : 'http'}://${host}`);
    return { origin: url.origin, rpId: url.hostname };
  } catch (cause) {
    throw new AppError('invalid_input', 'the Host header is malformed', { cause });
  }
}

interface StepBody {
  readonly method: SecondMethod | 'password';
  readonly code?: string;
  readonly password?: string;
  readonly assertion?: unknown;
}

function stepOf(body: StepBody & { readonly method: SecondMethod }): SecondStep {
  const { assertion, code, method } = body;
  if (method === 'passkey') {
    if (assertion === undefined) throw lacks('assertion');
    return { method, assertion: assertion as Assertion }; // its shape was checked by the route's schema
  }
  if (code === undefined) throw lacks('code');
  return { method, code };
}

function proofOf(body: StepBody): Proof {
  const { method, password } = body;
  if (method !== 'password') return stepOf({ ...body, method });
  if (password === undefined) throw lacks('password');
  return { method, password };
}

function lacks(field: string): AppError {
  return new AppError('invalid_input', `this method needs "${field}"`);
}

/** The library's types are the browser's; here it is JSON that is passed on. */
function forBrowser(options: object): { options: Record<string, unknown> } {
  return { options: { ...options } };
}
