/** Checks the answers to "and now the second step": counted over all nodes, used in the transaction of what they open. */
import type { SqlReader } from '../../../stores/sql/contract.ts';
import type { Attempts, Charge } from '../attempts.ts';
import type { SecondStep } from './api.ts';
import type { Passkeys, Site } from './passkeys.ts';
import { useRecoveryCode } from './recovery.ts';
import type { Totp, UseInside } from './totp.ts';

export interface SecondStepsDeps {
  readonly attempts: Attempts;
  readonly totp: Totp;
  readonly passkeys: Passkeys;
}

export class SecondSteps {
  readonly #deps: SecondStepsDeps;

  constructor(deps: SecondStepsDeps) {
    this.#deps = deps;
  }

  /** Each guess is charged before it is looked at. A right password does not forgive these: it is what a guesser has. @throws too_many_requests */
  charge(login: string): Promise<Charge> {
    return this.#deps.attempts.charge(login, null, 'second');
  }

  /** Options leave a row behind. @throws too_many_requests */
  chargeOptions(by: Parameters<Attempts['chargeBeginning']>[0]): Promise<void> {
    return this.#deps.attempts.chargeBeginning(by);
  }

  forgive(charge: Charge): Promise<void> {
    return this.#deps.attempts.forgive(charge);
  }

  /** Null if it is wrong. What it returns says false if somebody else has used it meanwhile. */
  async check(reader: SqlReader, userId: string, step: SecondStep, site: Site): Promise<UseInside | null> {
    if (step.method === 'totp') return this.#deps.totp.check(reader, userId, step.code);
    if (step.method === 'recovery') return (tx) => useRecoveryCode(tx, userId, step.code);
    return (await this.#deps.passkeys.check(reader, site, userId, step.assertion))?.use ?? null;
  }
}
