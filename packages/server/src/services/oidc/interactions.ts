/**
 * Between an authorization request and its answer: has the person signed in recently enough, may the client have what it asks for. The
 * records are oidc-provider's (models Interaction and Grant); a browser comes here with our session, so nobody else can answer for it. An
 * answer names that session: whichever browser began the request, it goes on only with the same one (`mayResume`).
 */
import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { AuditService } from '../audit/api.ts';
import type { IdentityService } from '../identity/api.ts';
import { provenScopes, type InteractionStep, type KeptRecord, type Payload } from './api.ts';
import type { Clients } from './clients.ts';
import { recordOf, scopesWorth, stringsOf } from './payloads.ts';
import { requireSession } from './person.ts';
import type { Records } from './records.ts';

export interface InteractionsDeps {
  readonly records: Records;
  readonly clients: Clients;
  readonly identity: Pick<IdentityService, 'sessions'> & {
    readonly signIn: Pick<IdentityService['signIn'], 'requireProof'>;
  };
  readonly audit: Pick<AuditService, 'keep'>;
  readonly clock: Clock;
}

interface Prompt {
  readonly name: string;
  readonly reasons: readonly string[];
  readonly details: Payload;
}

/** Long enough for tokens that are refreshed for months; each use asks whether it still stands. */
export const grantSeconds = 365 * 86_400;

export class Interactions {
  readonly #deps: InteractionsDeps;

  constructor(deps: InteractionsDeps) {
    this.#deps = deps;
  }

  async next(context: Context, uid: string): Promise<InteractionStep> {
    const { userId } = requireSession(context);
    const kept = await this.#find(uid);
    const prompt = promptOf(kept.payload);
    if (prompt.name === 'login') return this.#signedIn(context, uid, kept, prompt);
    requireOwn(kept.payload, userId);
    const params = recordOf(kept.payload['params']);
    const client = await this.#deps.clients.find(String(params['client_id']));
    if (client === null) throw gone();
    return {
      kind: 'consent',
      interaction: {
        clientName: String(client.metadata['client_name']),
        scopes: [...stringsOf(prompt.details['missingOIDCScope'])],
        redirectHost: URL.parse(String(params['redirect_uri']))?.host ?? '',
      },
    };
  }

  async decide(context: Context, uid: string, allow: boolean): Promise<string> {
    const { userId, sessionId } = requireSession(context);
    const kept = await this.#find(uid);
    const { payload } = kept;
    const prompt = promptOf(payload);
    // Whoever is still to sign in may already say no, but not yes.
    if (prompt.name !== 'login') requireOwn(payload, userId);
    else if (allow) throw gone();
    if (!allow) return this.#answer(uid, kept, denied);
    const clientId = String(recordOf(payload['params'])['client_id']);
    await this.allow(context, clientId, stringsOf(prompt.details['missingOIDCScope']));
    const grantId = await this.#grant(userId, clientId, payload['grantId'], prompt.details);
    return this.#answer(uid, kept, {
      ...recordOf(payload['lastSubmission']),
      consent: { grantId },
      sessionId,
    });
  }

  /** Where the client wants a fresh log-in, the session must have begun after it said so. */
  async #signedIn(context: Context, uid: string, kept: KeptRecord, prompt: Prompt): Promise<InteractionStep> {
    const { userId, sessionId } = requireSession(context);
    const anew = prompt.reasons.some((reason) => reason === 'login_prompt' || reason === 'max_age');
    const sessions = await this.#deps.identity.sessions(context);
    const began = sessions.find((session) => session.current)?.createdAt ?? 0;
    if (anew && began <= kept.createdAt) return { kind: 'reauthenticate' };
    const age = Math.floor((this.#deps.clock.now() - began) / 1000);
    const login = { accountId: userId, ts: libraryTime() - age };
    // The session of the provider that asked may have been somebody else's, or nobody's.
    const { session: _session, ...payload } = kept.payload;
    return { kind: 'redirect', to: await this.#answer(uid, { ...kept, payload }, { login, sessionId }) };
  }

  async #answer(uid: string, kept: KeptRecord, result: Payload): Promise<string> {
    const ttl = Math.max(1, Math.ceil(kept.leftMs / 1000));
    await this.#deps.records.put('Interaction', uid, { ...kept.payload, result }, ttl);
    return String(kept.payload['returnTo']);
  }

  async #grant(userId: string, clientId: string, known: unknown, details: Payload): Promise<string> {
    const { records, clients } = this.#deps;
    const old = typeof known === 'string' ? await records.find('Grant', known) : null;
    const mine = old !== null && old.leftMs > 0 && old.payload['accountId'] === userId;
    const given = mine ? scopesWorth(old.payload, await clients.find(clientId)) : [];
    const scopes = [...given, ...stringsOf(details['missingOIDCScope'])];
    const before = mine ? recordOf(old.payload['openid']) : {};
    const claims = [...stringsOf(before['claims']), ...stringsOf(details['missingOIDCClaims'])];
    return this.writeGrant(mine ? String(known) : null, userId, clientId, scopes, claims);
  }

  /** As for personal tokens with these scopes: giving them away needs who has just shown to be the person. @throws step_up_required */
  async allow(context: Context, clientId: string, scopes: readonly string[]): Promise<void> {
    if (provenScopes.some((scope) => scopes.includes(scope)))
      await this.#deps.identity.signIn.requireProof(context);
    await this.#deps.audit.keep(context, {
      kind: 'oidc.grant',
      details: { clientId, scopes: [...scopes], change: 'given' },
    });
  }

  /** With scopes that `allow` has let through, now or before. @returns the id of the grant */
  async writeGrant(
    id: string | null,
    userId: string,
    clientId: string,
    scopes: readonly string[],
    claims: readonly string[],
  ): Promise<string> {
    const jti = id ?? randomBytes(32).toString('base64url');
    const iat = libraryTime();
    const scope = [...new Set(scopes)].join(' ');
    const proven = provenScopes.filter((each) => scopes.includes(each));
    const openid = { scope, proven, ...(claims.length === 0 ? {} : { claims: [...new Set(claims)] }) };
    const grant = { kind: 'Grant', jti, iat, exp: iat + grantSeconds, accountId: userId, clientId, openid };
    await this.#deps.records.put('Grant', jti, grant, grantSeconds);
    return jti;
  }

  async #find(uid: string): Promise<KeptRecord> {
    const kept = await this.#deps.records.find('Interaction', uid);
    if (kept === null || kept.leftMs <= 0) throw gone();
    return kept;
  }
}

/** oidc-provider compares with the clock of the process, in seconds. */
export function libraryTime(): number {
  return Math.floor(systemClock.now() / 1000);
}

export function mayResume(
  payload: Payload,
  by: { readonly userId: string; readonly sessionId: string } | null,
): boolean {
  const result = recordOf(payload['result']);
  if (result['login'] === undefined && result['consent'] === undefined) return true;
  if (by === null || result['sessionId'] !== by.sessionId) return false;
  return result['login'] === undefined || recordOf(result['login'])['accountId'] === by.userId;
}

const denied = { error: 'access_denied', error_description: 'the person said no' };

function promptOf(payload: Payload): Prompt {
  const prompt = recordOf(payload['prompt']);
  return {
    name: String(prompt['name']),
    reasons: stringsOf(prompt['reasons']),
    details: recordOf(prompt['details']),
  };
}

/** Somebody else's, e.g. where another person has signed in on the same machine meanwhile. */
function requireOwn(payload: Payload, userId: string): void {
  const session = recordOf(payload['session']);
  if (session['accountId'] !== userId) throw gone();
}

function gone(): AppError {
  return new AppError('not_found', 'this request has expired: begin again in the app', {
    details: { reason: 'interaction_gone' },
  });
}
