/** Our token to the vault: got, renewed in time, got anew where it has ended. */
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { at, numberAt, textAt, type Answer, type Call, type Wire } from './wire.ts';

/** A token that was given, or an AppRole to get one with. */
export type Login =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'approle'; readonly mount: string; readonly roleId: string; readonly secretId: string };

/** Timers can't wait longer than 24 days; a token that lives longer is renewed more often. */
const longestMs = 12 * 60 * 60 * 1_000;
const shortestMs = 200;
const retryMs = 5_000;
const leaveMs = 1_000;

interface Token {
  readonly text: string;
  /** How long it lives after a renewal; 0: for ever. */
  readonly leaseMs: number;
  readonly renewable: boolean;
}

export class Session {
  readonly #wire: Wire;
  readonly #login: Login;
  readonly #log: Logger;
  #token: Token | null = null;
  #loggingIn: Promise<Token> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #opened = false;
  #closed = false;
  #renewal: Error | null = null;
  /** Until then a refusal is the policy's: a token that was got for it was refused as well. */
  #inVainUntil = -Infinity;

  constructor(wire: Wire, login: Login, log: Logger) {
    this.#wire = wire;
    this.#login = login;
    this.#log = log;
  }

  /** @throws unavailable; unauthenticated where the vault refuses the credentials */
  async open(): Promise<void> {
    await this.#logIn();
    this.#opened = true;
  }

  /** With our token; where that is refused, once again with a new one: a 403 that remains is the policy's. @throws unavailable */
  async call(call: Omit<Call, 'token'>): Promise<Answer> {
    const used = this.#token ?? (await this.#logIn());
    const answer = await this.#wire.call({ ...call, token: used.text });
    if (answer.status !== 403) return answer;
    if (this.#token === used && performance.now() < this.#inVainUntil) return answer;
    const fresh = this.#token !== null && this.#token !== used ? this.#token : await this.#logIn();
    const again = await this.#wire.call({ ...call, token: fresh.text });
    // Else each refused call would leave a token behind.
    this.#inVainUntil = again.status === 403 ? performance.now() + retryMs : -Infinity;
    return again;
  }

  /** Why the last renewal failed; null where it did not. The token may still live for a while. */
  get renewal(): Error | null {
    return this.#renewal;
  }

  /** A token that we got is given back; one that was given stays. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const token = this.#token;
    if (token === null || this.#login.kind === 'token') return;
    const call = {
      method: 'PUT',
      path: 'auth/token/revoke-self',
      token: token.text,
      limitMs: leaveMs,
    } as const;
    await this.#wire.call(call).catch(() => undefined);
  }

  /** Many may ask at once; the vault is asked once. */
  #logIn(): Promise<Token> {
    this.#loggingIn ??= this.#getToken().finally(() => (this.#loggingIn = null));
    return this.#loggingIn;
  }

  async #getToken(): Promise<Token> {
    const token =
      this.#login.kind === 'token'
        ? await this.#lookUp(this.#login.token)
        : await this.#newToken(this.#login);
    this.#token = token;
    this.#renewal = null;
    this.#schedule(token);
    return token;
  }

  async #lookUp(text: string): Promise<Token> {
    const { status, body } = await this.#wire.call({
      method: 'GET',
      path: 'auth/token/lookup-self',
      token: text,
    });
    if (status !== 200) throw this.#refused('VAULT_TOKEN');
    return {
      text,
      leaseMs: numberAt(body, 'data', 'ttl') * 1_000,
      renewable: at(body, 'data', 'renewable') === true,
    };
  }

  async #newToken(login: Login & { readonly kind: 'approle' }): Promise<Token> {
    const credentials = { role_id: login.roleId, secret_id: login.secretId };
    const { body } = await this.#wire.call({
      method: 'PUT',
      path: `auth/${login.mount}/login`,
      body: credentials,
    });
    const token = tokenOf(body);
    if (token === null) throw this.#refused('VAULT_ROLE_ID and VAULT_SECRET_ID');
    return token;
  }

  /** At two thirds of its life, not all nodes at the same moment. */
  #schedule({ leaseMs, renewable }: Token): void {
    if (leaseMs === 0 || (this.#login.kind === 'token' && !renewable)) return;
    this.#renewIn(Math.max(shortestMs, Math.min(leaseMs * (0.6 + Math.random() * 0.1), longestMs)));
  }

  #renewIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#renew(), ms).unref();
  }

  async #renew(): Promise<void> {
    try {
      const old = this.#token;
      // Past its greatest age some answer with an error; a login tells better what is wrong.
      const renewed = old === null ? null : await this.#renewed(old).catch(() => null);
      if (renewed === null) await this.#logIn();
      else if (this.#token === old) {
        this.#token = renewed;
        this.#schedule(renewed);
      }
      this.#renewal = null;
    } catch (error) {
      if (this.#renewal === null)
        this.#log.warn({ err: error }, 'the token for the vault could not be renewed');
      this.#renewal = error instanceof Error ? error : new Error(String(error));
      this.#renewIn(retryMs * (0.75 + Math.random() / 2));
    }
  }

  /** null where it can't be: near its greatest age a renewal gives less and less. A token that was given is all we have. */
  async #renewed(old: Token): Promise<Token | null> {
    if (!old.renewable) return null;
    const { body } = await this.#wire.call({
      method: 'PUT',
      path: 'auth/token/renew-self',
      body: {},
      token: old.text,
    });
    const renewed = tokenOf(body);
    if (renewed === null || (this.#login.kind === 'approle' && renewed.leaseMs < old.leaseMs * 0.9))
      return null;
    return renewed;
  }

  #refused(what: string): AppError {
    return new AppError(this.#opened ? 'unavailable' : 'unauthenticated', `the vault refuses ${what}`);
  }
}

function tokenOf(body: unknown): Token | null {
  const text = textAt(body, 'auth', 'client_token');
  if (text === null) return null;
  const leaseMs = numberAt(body, 'auth', 'lease_duration') * 1_000;
  return { text, leaseMs, renewable: at(body, 'auth', 'renewable') === true };
}
