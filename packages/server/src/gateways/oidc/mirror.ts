/**
 * Our session is the authentication; the provider's own session only remembers which clients it was used for. It belongs to one session of
 * ours and is worth nothing without it, so whatever ends ours ends it.
 */
import type { IncomingMessage } from 'node:http';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { systemClock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { ClientInfo } from '../../services/identity/api.ts';
import type { GatewayRequest, Services } from '../contract.ts';
import { readCookie, sessionCookie } from '../http/cookies.ts';

export interface Present {
  readonly principal: Principal & { readonly userId: string; readonly sessionId: string };
  readonly context: Context;
  /** When it began, seconds by the clock of the process (the library's). */
  readonly since: number;
}

/** The class of its providers knows the request that is being handled; its types lack that. */
interface Library {
  readonly ctx?: KoaContextWithOIDC;
}

export class Mirror {
  readonly #identity: Services['identity'];
  /** Of the cluster. */
  readonly #now: () => number;
  readonly #requests = new WeakMap<IncomingMessage, GatewayRequest>();
  #library: Library | null = null;
  readonly #present = new WeakMap<IncomingMessage, Promise<Present | null>>();

  constructor(identity: Services['identity'], now: () => number) {
    this.#identity = identity;
    this.#now = now;
  }

  /** Before the library sees it. */
  take(request: GatewayRequest): void {
    this.#requests.set(request.raw, request);
  }

  requestOf(raw: IncomingMessage): GatewayRequest | null {
    return this.#requests.get(raw) ?? null;
  }

  /** Who is signed in with the browser that asks; null: nobody. */
  of(raw: IncomingMessage): Promise<Present | null> {
    const known = this.#present.get(raw);
    if (known !== undefined) return known;
    const asked = this.#ask(raw);
    this.#present.set(raw, asked);
    return asked;
  }

  /** Of the request that the library is handling. */
  async present(): Promise<Present['principal'] | null> {
    const ctx = this.#handling();
    return ctx === undefined ? null : ((await this.of(ctx.req))?.principal ?? null);
  }

  /** Calls back where the request that the library is handling is one for tokens. */
  async tokenRequest(work: (from: ClientInfo) => Promise<void>): Promise<void> {
    const ctx = this.#handling();
    const request = ctx?.oidc.route === 'token' ? this.requestOf(ctx.req) : null;
    if (request !== null) await work(request.client);
  }

  /** Lets the provider's sessions mean ours. */
  attach(provider: Provider): void {
    this.#library = provider.constructor as unknown as Library;
    const { Session } = provider;
    const get = Session.get.bind(Session);
    Session.get = async (ctx) => {
      const session = await get(ctx);
      const present = await this.of(ctx.req);
      if (present === null) return session;
      const { userId } = present.principal;
      if (session.accountId !== userId) {
        session.loginAccount({ accountId: userId, loginTs: present.since });
        Reflect.defineProperty(session, 'touched', { writable: true, value: true }); // saved, with its cookie
      }
      session.loginTs = present.since;
      return session;
    };
  }

  #handling(): KoaContextWithOIDC | undefined {
    return this.#library?.ctx;
  }

  async #ask(raw: IncomingMessage): Promise<Present | null> {
    const request = this.#requests.get(raw);
    const secret = readCookie(raw.headers.cookie, sessionCookie);
    if (request === undefined || secret === null) return null;
    try {
      const principal = await this.#identity.authenticate({ kind: 'session', secret }, request.client);
      const { userId, sessionId, impersonatorId } = principal;
      // An administrator who acts as somebody signs nobody in elsewhere.
      if (userId === null || sessionId === null || impersonatorId !== undefined) return null;
      request.user = principal.login;
      const context = { principal, requestId: request.id, signal: request.signal, lockTokens: [] };
      const began =
        (await this.#identity.sessions(context)).find((session) => session.current)?.createdAt ?? 0;
      const since = Math.floor((systemClock.now() - (this.#now() - began)) / 1000);
      return { principal: { ...principal, userId, sessionId }, context, since };
    } catch (error) {
      if (isAppError(error, 'unauthenticated') || isAppError(error, 'forbidden')) return null;
      throw error;
    }
  }
}
