import type { SqlStore } from '../../stores/sql/contract.ts';
import type { Chunk } from './api.ts';
import { damage, deleteDamage } from './scrub-queries.ts';

/** So many are named and counted. */
const shownDamage = 10_000;

/** What the scrub has found and nobody has seen sound since. Of what is gone nothing stays. */
export async function knownDamage(sql: SqlStore): Promise<readonly Chunk[]> {
  const rows = await sql.reader.all(damage, { limit: shownDamage });
  await forgetDamage(
    sql,
    rows.filter(({ size }) => size === null).map(({ id }) => id),
  );
  return rows.flatMap(({ id, size, sha256 }) =>
    size === null || sha256 === null ? [] : [{ id, size, sha256 }],
  );
}

export async function forgetDamage(sql: SqlStore, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql.transaction((tx) => tx.run(deleteDamage, { ids }));
}
