/**
 * Moves some stores while the database stays (docs/decisions/0007-migration.md). Contents are brought by the database's own list of them; what
 * was not named is neither read nor written. The database goes on refusing changes until a node starts on the new stores (`moved.ts`).
 */
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { MigrationReport, Stage } from './api.ts';
import { isMoving, requireEmpty } from './beginning.ts';
import { ContentsCopier, contentsTotals, settleContents } from './contents.ts';
import { guardSource, letWrite } from './guarding.ts';
import type { MigrationOptions } from './service.ts';
import { everGuarded, guardedTables } from './plan.ts';
import { compareSmall, copySmall } from './small-stores.ts';
import { readMoved, withLeft, type Places } from './moved.ts';
import { readSide, removeSide, writeSide } from './state.ts';
import type { MigrationStateTable } from './tables.ts';

export interface InPlaceOptions extends Omit<MigrationOptions, 'stampJournal'> {
  /** Of the stores that change, where they are then. */
  readonly places: Places;
  /** Where they are now. */
  readonly left: Places;
}

/** @throws as `migrateStores` */
export async function migrateInPlace(options: InPlaceOptions): Promise<MigrationReport> {
  return new InPlace(options, await begin(options)).run();
}

/** @returns the id of the move, new or the one that was begun. @throws conflict */
async function begin(options: InPlaceOptions): Promise<string> {
  const { source, target, shared, names, places, left, clock, finish } = options;
  const { sql } = source;
  const ours = await readSide(sql.reader, 'source');
  if (isMoving(ours, names.target)) {
    if (ours.phase !== 'done') return ours.id;
    // It may have been killed before.
    await finish();
    throw new AppError('conflict', 'everything was moved there already: start the nodes on it');
  }
  await requireEmpty(target, new Set([...shared, 'sql' as const]));
  const before = await readMoved(sql.reader);
  const id = newId();
  const note = { id, phase: 'copying', updated_at: clock.now() } as const;
  await writeSide(
    sql,
    { ...note, side: 'source', peer: names.target },
    { ...note, side: 'next', peer: JSON.stringify(withLeft(places, left, before?.places)) },
  );
  return id;
}

class InPlace {
  readonly #options: InPlaceOptions;
  readonly #id: string;
  readonly #copier: ContentsCopier;
  /** Registry, broker, cache and documents hold nothing that has to be copied: nobody is kept from writing for them. */
  readonly #holds: boolean;
  /** What `places` said before this move; null: not touched yet. */
  #before: { readonly row: MigrationStateTable | undefined } | null = null;

  constructor(options: InPlaceOptions, id: string) {
    this.#options = options;
    this.#id = id;
    const { source, target, signal, keepGoing, shared } = options;
    this.#copier = new ContentsCopier({ source, target, signal, keepGoing, shared: shared.has('blobs') });
    this.#holds = shared.size < 3;
  }

  async run(): Promise<MigrationReport> {
    const { source, clock, finish } = this.#options;
    let report: MigrationReport;
    try {
      await this.#bring();
      const from = clock.monotonic();
      if (this.#holds) {
        this.#tell('read-only');
        await guardSource(source.sql, guardedTables, this.#options.signal);
        await this.#note('frozen');
      }
      report = await this.#finish(from);
    } catch (error) {
      await letWrite(error, () => this.#letWrite());
      throw error;
    }
    // Last: nobody is told of the new stores while people may still write to the old ones.
    await finish();
    return report;
  }

  async #finish(from: number): Promise<MigrationReport> {
    const { source, target, shared, clock, moved } = this.#options;
    await this.#bring();
    this.#tell('secrets');
    const small = await copySmall(source, target, shared);
    const blobs = await this.#verify();
    await this.#done();
    this.#tell('done');
    const findings = [...this.#copier.findings.values()];
    const readOnlyMs = this.#holds ? Math.round(clock.monotonic() - from) : 0;
    return { id: this.#id, state: 'done', moved, tables: [], blobs, ...small, findings, readOnlyMs };
  }

  async #bring(): Promise<void> {
    const { source, shared } = this.#options;
    if (shared.has('blobs')) return;
    const { count } = await contentsTotals(source.sql.background);
    this.#tell('contents', 0, count);
    await this.#copier.mend((done) => this.#tell('contents', done, count));
    this.#copier.refuseFindings();
  }

  async #verify(): Promise<{ readonly count: number; readonly bytes: number }> {
    const { source, target, shared, signal, keepGoing } = this.#options;
    this.#tell('verify');
    await compareSmall(source, target, shared);
    if (shared.has('blobs')) return { count: 0, bytes: 0 };
    const totals = await contentsTotals(source.sql.background);
    const found = await settleContents(target, signal);
    if (!keepGoing && (found.count !== totals.count || found.bytes !== totals.bytes))
      throw new AppError(
        'corrupt',
        `the contents are not the same on both sides: ${found.count} of ${totals.count}, ${found.bytes} of ${totals.bytes} bytes`,
      );
    return totals;
  }

  /** From here on a node on the old stores does not start, and one on the new ones ends the time without changes. */
  async #done(): Promise<void> {
    const { source, places, left, clock } = this.#options;
    const { sql } = source;
    const before = await readMoved(sql.reader);
    this.#before = { row: before?.row };
    const row: MigrationStateTable = {
      side: 'places',
      id: this.#id,
      phase: 'moved',
      peer: JSON.stringify({ ...before?.places, ...withLeft(places, left, before?.places) }),
      updated_at: clock.now(),
    };
    await writeSide(sql, row, ...(this.#holds ? [this.#noteOf('done')] : []));
    if (!this.#holds) await removeSide(sql, 'source');
  }

  async #letWrite(): Promise<void> {
    const { sql } = this.#options.source;
    // First: what is written to the old stores from here on is not on the new ones, so no node may begin there.
    if (this.#before?.row !== undefined) await writeSide(sql, this.#before.row);
    else if (this.#before !== null) await removeSide(sql, 'places');
    await sql.unguard(everGuarded);
    await this.#note('copying');
  }

  #note(phase: 'copying' | 'frozen'): Promise<void> {
    return writeSide(this.#options.source.sql, this.#noteOf(phase));
  }

  #noteOf(phase: 'copying' | 'frozen' | 'done'): MigrationStateTable {
    const { names, clock } = this.#options;
    return { side: 'source', id: this.#id, phase, peer: names.target, updated_at: clock.now() };
  }

  #tell(stage: Stage, done = 0, total: number | null = null): void {
    this.#options.progress({ stage, part: stage === 'contents' ? 'chunks' : '', done, total });
  }
}
