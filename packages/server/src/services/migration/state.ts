/** Reads and writes what a database knows of a move. */
import { queriesOf } from '../../stores/sql/query.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { MigrationStateTable, MigrationTables } from './tables.ts';

const define = queriesOf<MigrationTables>();
type Row = { [K in keyof MigrationStateTable]: MigrationStateTable[K] };

const selectSide = define<{ side: string }, MigrationStateTable>((db, p) =>
  db
    .selectFrom('migration_state')
    .selectAll()
    .where('side', '=', p.side as 'source'),
);
const deleteSide = define<{ side: string }>((db, p) =>
  db.deleteFrom('migration_state').where('side', '=', p.side as 'source'),
);
const insertSide = define<Row>((db, p) =>
  db
    .insertInto('migration_state')
    .values({ side: p.side, id: p.id, phase: p.phase, peer: p.peer, updated_at: p.updated_at }),
);

export function readSide(
  reader: SqlReader,
  side: MigrationStateTable['side'],
): Promise<MigrationStateTable | undefined> {
  return reader.get(selectSide, { side });
}

export function writeSide(sql: SqlStore, ...rows: readonly MigrationStateTable[]): Promise<void> {
  return sql.transaction((tx) => writeSideIn(tx, ...rows));
}

export async function writeSideIn(
  tx: SqlTransaction,
  ...rows: readonly MigrationStateTable[]
): Promise<void> {
  for (const row of rows) {
    await tx.run(deleteSide, { side: row.side });
    await tx.run(insertSide, { ...row });
  }
}

export async function removeSide(sql: SqlStore, side: MigrationStateTable['side']): Promise<void> {
  await sql.transaction((tx) => removeSideIn(tx, side));
}

export async function removeSideIn(tx: SqlTransaction, side: MigrationStateTable['side']): Promise<void> {
  await tx.run(deleteSide, { side });
}
