/** What lies in the database, for tests that look for what should not. */
import type { SqlStore } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { OidcTables, RecordRow } from './tables.ts';

const everything = queriesOf<OidcTables>()<Record<string, never>, RecordRow>((db) =>
  db.selectFrom('oidc_records').selectAll(),
);

export function dumpRecords(sql: SqlStore): Promise<readonly RecordRow[]> {
  return sql.reader.all(everything, {});
}
