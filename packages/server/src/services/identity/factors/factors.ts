/** Which second factors people have, who must have one, and taking them away. */
import { queriesOf } from '../../../stores/sql/query.ts';
import type { SqlReader, SqlTransaction } from '../../../stores/sql/contract.ts';
import type { SettingsService } from '../../settings/api.ts';
import * as queries from './queries.ts';
import type { FactorTables } from './tables.ts';

export type SecondMethod = 'totp' | 'passkey' | 'recovery';

export interface FactorCounts {
  readonly totp: number;
  readonly passkey: number;
  readonly recovery: number;
}

const define = queriesOf<FactorTables>();

const countFactors = define<{ userId: string }, { kind: SecondMethod; count: number }>((db, p) =>
  db
    .selectFrom('factor_totp')
    .select((f) => [f.val<SecondMethod>('totp').as('kind'), f.fn.countAll<number>().as('count')])
    .where('user_id', '=', p.userId)
    .where('confirmed', '=', 1)
    .unionAll(
      db
        .selectFrom('factor_passkeys')
        .select((f) => [f.val<SecondMethod>('passkey').as('kind'), f.fn.countAll<number>().as('count')])
        .where('user_id', '=', p.userId),
    )
    .unionAll(
      db
        .selectFrom('factor_recovery')
        .select((f) => [f.val<SecondMethod>('recovery').as('kind'), f.fn.countAll<number>().as('count')])
        .where('user_id', '=', p.userId),
    ),
);

/** Recovery codes all at once. */
export type RemovedFactor =
  | { readonly kind: 'totp' }
  | { readonly kind: 'recovery' }
  | { readonly kind: 'passkey'; readonly id: string };

export class Factors {
  readonly #settings: Pick<SettingsService, 'get'>;

  constructor(settings: Pick<SettingsService, 'get'>) {
    this.#settings = settings;
  }

  async counts(reader: SqlReader, userId: string): Promise<FactorCounts> {
    const rows = await reader.all(countFactors, { userId });
    const of = (kind: SecondMethod): number => rows.find((row) => row.kind === kind)?.count ?? 0;
    return { totp: of('totp'), passkey: of('passkey'), recovery: of('recovery') };
  }

  /** The ways to take the second step; none: the password suffices. */
  async methods(reader: SqlReader, userId: string): Promise<readonly SecondMethod[]> {
    const counts = await this.counts(reader, userId);
    if (!hasFactor(counts)) return [];
    return (['passkey', 'totp', 'recovery'] as const).filter((kind) => counts[kind] > 0);
  }

  /** Whether the setting `login.secondFactorRoles` names everybody, the admins or one of these roles. */
  isRequired(account: { readonly admin: number }, roles: readonly string[]): boolean {
    return this.#settings
      .get('login.secondFactorRoles')
      .some(
        (named) =>
          named === 'everybody' || (named === 'admins' ? account.admin === 1 : roles.includes(named)),
      );
  }

  /** Recovery codes without anything to recover from would be a factor of their own. */
  async dropIdleRecovery(tx: SqlTransaction, userId: string): Promise<void> {
    if (!hasFactor(await this.counts(tx, userId))) await tx.run(queries.deleteRecovery, { userId });
  }

  /** @returns what its owner called it, '' where it has no name, null if there is none */
  async remove(tx: SqlTransaction, userId: string, factor: RemovedFactor): Promise<string | null> {
    if (factor.kind === 'passkey') {
      const { id } = factor;
      const key = (await tx.all(queries.passkeysOfUser, { userId })).find((each) => each.id === id);
      return (await tx.run(queries.deletePasskey, { id, userId })) === 0 ? null : (key?.name ?? '');
    }
    const { [factor.kind]: count } = await this.counts(tx, userId);
    await tx.run(factor.kind === 'totp' ? queries.deleteTotp : queries.deleteRecovery, { userId });
    return count === 0 ? null : '';
  }

  async removeAll(tx: SqlTransaction, userId: string): Promise<void> {
    await tx.run(queries.deleteTotp, { userId });
    await tx.run(queries.deletePasskeys, { userId });
    await tx.run(queries.deleteRecovery, { userId });
    await tx.run(queries.deleteChallengesOfUser, { userId });
  }
}

export function hasFactor(counts: FactorCounts): boolean {
  return counts.totp + counts.passkey > 0;
}

/** Everything about signing in that is kept of a user, when the user goes. */
export async function forgetUser(tx: SqlTransaction, factors: Factors, userId: string): Promise<void> {
  await factors.removeAll(tx, userId);
  await tx.run(queries.deletePasswordState, { userId });
  await tx.run(queries.deletePasswordHistoryOf, { userId });
  await tx.run(queries.deleteDevices, { userId });
}
