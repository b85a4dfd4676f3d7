import type { AppError } from '../../../kernel/errors.ts';
import type { Exec, Row } from '../pooled/engine.ts';

const brokenIndexes = `select i.indexrelid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
  where c.relnamespace = current_schema()::regnamespace and not (i.indisvalid and i.indisready)`;
const uncheckedConstraints = `select conname::text as name from pg_constraint
  where connamespace = current_schema()::regnamespace and not convalidated`;
const badPages = `select checksum_failures as count from pg_stat_database
  where datname = current_database() and checksum_failures > 0`;
const tables = `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = current_schema()`;
const checkableIndexes = `select c.oid::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
  join pg_am a on a.oid = c.relam
  where c.relnamespace = current_schema()::regnamespace and a.amname = 'btree' and i.indisvalid
    and exists (select 1 from pg_extension where extname = 'amcheck')`;

/** Reads every row, and every index where the extension `amcheck` is installed. A check that stumbles over the damage is a finding. */
export async function verify(
  exec: Exec,
  translate: (error: unknown) => AppError,
): Promise<readonly string[]> {
  const findings: string[] = [];
  const names = (rows: readonly Row[]): string[] => rows.map((row) => String(row['name']));
  for (const name of names(await exec(brokenIndexes))) findings.push(`the index ${name} is not usable`);
  for (const name of names(await exec(uncheckedConstraints)))
    findings.push(`the constraint ${name} has not been checked`);
  for (const row of await exec(badPages))
    findings.push(`${String(row['count'])} pages did not match their checksum`);
  for (const name of names(await exec(tables)))
    await examine(`select count(t::text) from ${name} as t`, findings, exec, translate);
  for (const oid of names(await exec(checkableIndexes)))
    await examine(`select bt_index_check(${oid}::regclass)`, findings, exec, translate);
  return findings;
}

async function examine(
  sql: string,
  findings: string[],
  exec: Exec,
  translate: (error: unknown) => AppError,
): Promise<void> {
  try {
    await exec(sql);
  } catch (error) {
    const { code, message } = translate(error);
    if (code !== 'corrupt') throw error;
    findings.push(message);
  }
}
