/** Addresses of the owners' own words, after their links: they were mailed around, and must not come to lead to somebody else's files. */
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import * as queries from './queries.ts';
import type { LinkRow } from './tables.ts';

const keptMs = 30 * 86_400_000;

type Address = Pick<LinkRow, 'token' | 'custom' | 'owner_id'>;

/** The link loses it now: for thirty days only its owner may have it again. Under the access epoch, as `takeAddress`. */
export async function keepAddress(
  tx: SqlTransaction,
  { token, custom, owner_id }: Address,
  now: number,
): Promise<void> {
  if (custom === 0) return;
  await tx.run(queries.forgetAddress, { token }); // a node of the version before may have given it away meanwhile
  await tx.run(queries.insertAddress, { token, owner_id, kept_until: now + keptMs });
}

/** @throws conflict, as where another link has it: whose it was is nobody's business */
export async function takeAddress(
  tx: SqlTransaction,
  { token, custom, owner_id: ownerId }: Address,
  now: number,
): Promise<void> {
  if (custom === 0) return;
  const kept = await tx.get(queries.keptAddress, { token });
  if (kept === undefined) return;
  if (kept.owner_id !== ownerId && kept.kept_until > now)
    throw new AppError('conflict', 'this address was another link a short while ago');
  await tx.run(queries.forgetAddress, { token });
}
