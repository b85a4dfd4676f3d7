/**
 * The one way in which tables are copied and proved equal: both sides are read in the order of the key, and what differs is put right on the
 * target. It needs no notes of what was done, so it may be cut off and begun again, and a turn that finds nothing is the proof.
 */
import { createHash, type Hash } from 'node:crypto';
import type { SqlReader, SqlStore } from '../../stores/sql/contract.ts';
import type { PlannedTable } from './plan.ts';
import { compareKeys, lineOf, Rows, type Row } from './rows.ts';
import { deleteFrom, insertInto, presentIn } from './writes.ts';

/** Differences put right in one transaction. */
const batch = 500;

export interface Comparison {
  readonly table: string;
  readonly rows: number;
  /** Over all rows of the source, and of the target before anything was put right. */
  readonly sourceSha256: string;
  readonly targetSha256: string;
  /** Rows that were missing, differed, or should not have been there. */
  readonly differences: number;
}

export interface CompareOptions {
  /** For pages of any length. */
  readonly source: SqlReader;
  readonly target: SqlStore;
  readonly signal: AbortSignal;
  readonly progress: (rows: number) => void;
  /** Called for rows that the target lacks. @returns those that may be written */
  readonly before?: (rows: readonly Row[]) => Promise<readonly Row[]>;
}

export async function bringOver(table: PlannedTable, options: CompareOptions): Promise<Comparison> {
  const { signal, progress } = options;
  const source = new Rows(options.source, table);
  const target = new Rows(options.target.background, table);
  const hashes = { source: createHash('sha256'), target: createHash('sha256') };
  const fixes = new Fixes(table, options);
  let rows = 0;
  await source.advance();
  await target.advance();
  while (source.current !== null || target.current !== null) {
    const order = orderOf(table, source.current, target.current);
    const want = order <= 0 ? source.current : null;
    const have = order >= 0 ? target.current : null;
    const [wanted, had] = [noted(table, want, hashes.source), noted(table, have, hashes.target)];
    if (wanted !== had) fixes.add(want, have);
    if (fixes.full) await fixes.apply();
    if (want !== null) {
      rows += 1;
      if (rows % 1000 === 0) {
        signal.throwIfAborted();
        progress(rows);
      }
    }
    const steps = [
      want === null ? undefined : source.advance(),
      have === null ? undefined : target.advance(),
    ];
    // Most rows are there already: nothing to wait for.
    if (steps.some((step) => step !== undefined)) await Promise.all(steps);
  }
  await fixes.apply();
  progress(rows);
  return {
    table: table.name,
    rows,
    sourceSha256: hashes.source.digest('hex'),
    targetSha256: hashes.target.digest('hex'),
    differences: fixes.count,
  };
}

function orderOf(table: PlannedTable, source: Row | null, target: Row | null): number {
  if (source === null) return 1;
  return target === null ? -1 : compareKeys(table, source, target);
}

function noted(table: PlannedTable, row: Row | null, hash: Hash): string | null {
  if (row === null) return null;
  const line = lineOf(table, row);
  hash.update(`${line}\n`);
  return line;
}

/** Differences that are put right together. */
class Fixes {
  count = 0;
  readonly #table: PlannedTable;
  readonly #options: CompareOptions;
  #wanted: Row[] = [];
  #unwanted: Row[] = [];

  constructor(table: PlannedTable, options: CompareOptions) {
    this.#table = table;
    this.#options = options;
  }

  get full(): boolean {
    return this.#wanted.length + this.#unwanted.length >= batch;
  }

  add(want: Row | null, have: Row | null): void {
    this.count += 1;
    if (want !== null) this.#wanted.push(want);
    if (have !== null && (want === null || this.#table.referred === undefined)) this.#unwanted.push(have);
  }

  async apply(): Promise<void> {
    const [wanted, unwanted] = [this.#wanted.splice(0), this.#unwanted.splice(0)];
    const table = this.#table;
    const { target, before } = this.#options;
    const allowed = before === undefined ? wanted : await before(wanted);
    const rows = await this.#withTheirOthers(allowed);
    const [example] = rows;
    const columns = example === undefined ? [] : Object.keys(example);
    // SQLite has no other order than the positions.
    const ordinal = table.name === 'journal' && target.dialect !== 'sqlite';
    await target.transaction(async (tx) => {
      if (unwanted.length > 0) await tx.runMany(deleteFrom(table), unwanted.map(keyOf(table)));
      if (rows.length === 0) return;
      const insert = insertInto(table, ordinal ? [...columns, 'ordinal'] : columns);
      await tx.runMany(insert, ordinal ? rows.map((row) => ({ ...row, ordinal: row['seq'] ?? null })) : rows);
    });
  }

  /** A row that came after the rows it refers to were copied waits for the next turn. */
  async #withTheirOthers(rows: readonly Row[]): Promise<readonly Row[]> {
    const { refers } = this.#table;
    if (refers === undefined || rows.length === 0) return rows;
    const ids = [...new Set(rows.map((row) => String(row[refers.column])))];
    const there = await this.#options.target.reader.all(presentIn(refers.to), { ids });
    const known = new Set(there.map((row) => row.id));
    return rows.filter((row) => known.has(String(row[refers.column])));
  }
}

function keyOf(table: PlannedTable): (row: Row) => Record<string, string | number | null> {
  return (row) => Object.fromEntries(table.key.map((column) => [column, row[column] ?? null]));
}
