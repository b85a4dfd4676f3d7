/**
 * Takes a copy of everything as of one moment, while nodes work (docs/decisions/0010-backup.md). Nobody is kept from writing: the rows are
 * read in one snapshot of the database, and what they refer to is copied after it, since contents never change and the collector waits.
 */
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import type { Finding, MovedStores, Progress, Stage } from './api.ts';
import { bringOver } from './compare.ts';
import { ContentsCopier, contentsTotals, lookThrough } from './contents.ts';
import { everGuarded, plannedTables } from './plan.ts';
import type { Row } from './rows.ts';
import { addSecrets, copySmall, sumOfSettings } from './small-stores.ts';
import { writeSide } from './state.ts';
import { sumOf, type TableSum } from './sums.ts';
import { insertInto } from './writes.ts';

export interface BackupOptions {
  readonly id: string;
  readonly source: MovedStores;
  /** Empty ones, but for contents that earlier backups brought. */
  readonly target: MovedStores;
  /** Damaged contents are kept as they are, missing ones left out. */
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly progress: (progress: Progress) => void;
  /** Gives positions to rows of the source's journal that have none yet. */
  readonly stampJournal: () => Promise<void>;
}

/** What a backup holds. */
export interface Taken {
  /** Everything acknowledged before this moment is in it. Milliseconds since 1970. */
  readonly takenAt: number;
  readonly tables: readonly TableSum[];
  readonly blobs: { readonly count: number; readonly bytes: number };
  readonly secrets: number;
  readonly settings: { readonly count: number; readonly sha256: string };
}

export interface TakenReport extends Taken {
  /** Contents that were not there from an earlier backup. */
  readonly copied: { readonly count: number; readonly bytes: number };
  readonly findings: readonly Finding[];
  /** Keys of contents that only an earlier backup needs. */
  readonly strange: readonly string[];
}

/** A copy that takes longer than the collector's grace begins again with what is left; each turn has less to copy. */
const mostTurns = 4;

const define = queriesOf<{ journal: Record<string, string | number | null> }>();
const selectUnstamped = define<Record<string, never>, Row>((db) =>
  db.selectFrom('journal').selectAll().where('seq', 'is', null).orderBy('ordinal'),
);
const selectLast = define<Record<string, never>, { last: number | null }>((db) =>
  db.selectFrom('journal').select((e) => e.fn.max<number | null>('seq').as('last')),
);

/** @throws corrupt naming contents, and whatever a store throws. Nothing of the source was changed. */
export async function takeBackup(options: BackupOptions): Promise<TakenReport> {
  return new Backup(options).run();
}

class Backup {
  readonly #options: BackupOptions;
  readonly #copier: ContentsCopier;

  constructor(options: BackupOptions) {
    this.#options = options;
    const { source, target, signal, keepGoing } = options;
    const list = target.sql.background;
    this.#copier = new ContentsCopier({ source, target, signal, keepGoing, shared: false, list });
  }

  async run(): Promise<TakenReport> {
    const { source, target, clock, id } = this.#options;
    this.#tell('secrets');
    // Before the rows and after them: what a row refers to is there, whichever came first.
    const { settings: count } = await copySmall(source, target, new Set());
    const takenAt = await this.#takeRowsAndContents();
    this.#tell('secrets');
    const secrets = await addSecrets(source.vault, target.vault);
    const sha256 = await sumOfSettings(target.config);
    const { blobs, strange } = await this.#lookAtContents();
    // Who looks into the folder changes nothing there, and no node serves from it.
    await target.sql.guard(everGuarded);
    await writeSide(target.sql, {
      side: 'target',
      id,
      phase: 'backup',
      peer: new Date(takenAt).toISOString(),
      updated_at: clock.now(),
    });
    return {
      takenAt,
      tables: await this.#sums(),
      blobs,
      secrets,
      settings: { count, sha256 },
      copied: this.#copier.copied,
      findings: [...this.#copier.findings.values()],
      strange,
    };
  }

  /** @returns the moment of the rows */
  async #takeRowsAndContents(): Promise<number> {
    for (let turn = 1; turn <= mostTurns; turn++) {
      const takenAt = await this.#takeRows();
      const before = this.#copier.gone;
      await this.#bringContents();
      if (this.#copier.gone === before) return takenAt;
    }
    throw new AppError(
      'unavailable',
      'contents were removed for good faster than they could be copied: raise contents.graceHours, then begin again',
    );
  }

  async #takeRows(): Promise<number> {
    const { source, clock, stampJournal } = this.#options;
    await stampJournal();
    const takenAt = clock.now();
    // Two rows that swapped a unique name since an earlier turn come to rest in the next one.
    await source.sql.snapshot(async (reader) => {
      for (let turn = 1; turn <= mostTurns; turn++) if (await this.#bringRows(reader)) return;
      throw new AppError('corrupt', 'the rows of the backup do not become equal to those of the database');
    });
    return takenAt;
  }

  /** @returns whether every table is known to be equal */
  async #bringRows(reader: SqlReader): Promise<boolean> {
    const { target, signal } = this.#options;
    let equal = true;
    for (const table of plannedTables) {
      this.#tell('tables', table.name);
      const { sourceSha256, targetSha256, rows } = await bringOver(table, {
        source: reader,
        target: target.sql,
        signal,
        progress: (done) => this.#tell('tables', table.name, done),
      });
      if (sourceSha256 === targetSha256) continue;
      const sum = await sumOf(target.sql.background, table, signal);
      equal &&= sum.sha256 === sourceSha256 && sum.rows === rows;
    }
    if (equal) await this.#bringUnstamped(reader);
    return equal;
  }

  /** Rows of the journal that were committed in the moments before; in a backup they come last. */
  async #bringUnstamped(reader: SqlReader): Promise<void> {
    const { source, target } = this.#options;
    if (source.sql.dialect === 'sqlite') return;
    const unstamped = await reader.all(selectUnstamped, {});
    if (unstamped.length === 0) return;
    const last = Number((await target.sql.background.get(selectLast, {}))?.last ?? 0);
    const rows = unstamped.map(({ ordinal: _ordinal, ...row }, at) => ({ ...row, seq: last + at + 1 }));
    const insert = insertInto({ name: 'journal', key: ['seq'] }, Object.keys(rows[0] ?? {}));
    await target.sql.transaction((tx) => tx.runMany(insert, rows));
  }

  async #bringContents(): Promise<void> {
    const { count } = await contentsTotals(this.#options.target.sql.background);
    this.#tell('contents', 'chunks', 0, count);
    await this.#copier.mend((done) => this.#tell('contents', 'chunks', done, count));
    this.#copier.refuseFindings();
  }

  async #lookAtContents(): Promise<Pick<TakenReport, 'blobs' | 'strange'>> {
    const { target, signal } = this.#options;
    this.#tell('verify', 'contents');
    const blobs = await contentsTotals(target.sql.background);
    const strange: string[] = [];
    const found = await lookThrough(target, signal, (keys) => Promise.resolve(void strange.push(...keys)));
    const sound = this.#copier.findings.size === 0;
    if (sound && (found.count !== blobs.count || found.bytes !== blobs.bytes))
      throw new AppError(
        'corrupt',
        `the backup holds ${found.count} of ${blobs.count} contents, ${found.bytes} of ${blobs.bytes} bytes`,
      );
    return { blobs, strange };
  }

  async #sums(): Promise<readonly TableSum[]> {
    const sums: TableSum[] = [];
    for (const table of plannedTables) {
      this.#tell('verify', table.name);
      sums.push(await sumOf(this.#options.target.sql.background, table, this.#options.signal));
    }
    return sums;
  }

  #tell(stage: Stage, part = '', done = 0, total: number | null = null): void {
    this.#options.progress({ stage, part, done, total });
  }
}
