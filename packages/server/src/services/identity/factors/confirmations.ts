/** Giving the proof that `Proofs` asks for. */
import type { Context } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { SqlStore } from '../../../stores/sql/contract.ts';
import type { Attempts } from '../attempts.ts';
import { ownSession } from '../authority.ts';
import { accountById } from '../credential-queries.ts';
import type { Passwords } from '../passwords.ts';
import type { AssertionOptions, Proof, ProofState } from './api.ts';
import type { Factors } from './factors.ts';
import type { Notices } from './notices.ts';
import type { Passkeys, Site } from './passkeys.ts';
import type { Proofs } from './proofs.ts';
import type { SecondSteps } from './second-steps.ts';

export interface ConfirmationsDeps {
  readonly sql: SqlStore;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly factors: Factors;
  readonly passkeys: Passkeys;
  readonly steps: SecondSteps;
  readonly proofs: Proofs;
  readonly notices: Notices;
}

export class Confirmations {
  readonly #deps: ConfirmationsDeps;

  constructor(deps: ConfirmationsDeps) {
    this.#deps = deps;
  }

  async state(context: Context): Promise<ProofState> {
    const { factors, proofs, sql } = this.#deps;
    const { userId } = ownSession(context.principal);
    const until = await proofs.until(sql.reader, context.principal);
    const account = await sql.reader.get(accountById, { id: userId });
    const second = await factors.methods(sql.reader, userId);
    return {
      until: until === Infinity ? null : until,
      holds: proofs.holds(until),
      methods: [...(account?.password_hash ? (['password'] as const) : []), ...second],
    };
  }

  async options(context: Context, site: Site): Promise<AssertionOptions> {
    const { login, userId } = ownSession(context.principal);
    await this.#deps.steps.chargeOptions({ login });
    return this.#deps.sql.transaction((tx) => this.#deps.passkeys.askFor(tx, site, userId));
  }

  async prove(context: Context, proof: Proof, site: Site): Promise<number> {
    const { userId } = ownSession(context.principal);
    if (proof.method === 'password') await this.#provePassword(context, userId, proof.password);
    else await this.#proveFactor(context, userId, proof, site);
    const event = { kind: 'auth.step-up', details: { factor: proof.method } } as const;
    return this.#deps.proofs.given(context, (tx) => this.#deps.notices.append(tx, context, event));
  }

  async #provePassword(context: Context, userId: string, password: string): Promise<void> {
    const { attempts, passwords, sql } = this.#deps;
    const charge = await attempts.charge(context.principal.login, null);
    const account = await sql.reader.get(accountById, { id: userId });
    if (!(await passwords.verify(account?.password_hash || null, password))) throw wrong();
    await attempts.forgive(charge);
  }

  async #proveFactor(
    context: Context,
    userId: string,
    proof: Exclude<Proof, { readonly method: 'password' }>,
    site: Site,
  ): Promise<void> {
    const { sql, steps } = this.#deps;
    const charge = await steps.charge(context.principal.login);
    const use = await steps.check(sql.reader, userId, proof, site);
    if (use === null || !(await sql.transaction(use))) throw wrong();
    await steps.forgive(charge);
  }
}

function wrong(): AppError {
  return new AppError('forbidden', 'this is not right', { details: { reason: 'code' } });
}
