/**
 * Moves some stores while the database stays (docs/decisions/0007-migration.md). Contents are brought by the database's own list of them; what
 * was not named is neither read nor written. The database goes on refusing changes until a node starts on the new stores (`moved.ts`).
 */
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { MigrationReport, Stage } from './api.ts';
import { requireEmpty } from './beginning.ts';
import { ContentsCopier, contentsTotals, settleContents } from './contents.ts';
import { guardSource } from './guarding.ts';
import type { MigrationOptions } from './service.ts';
import { guardedTables } from './plan.ts';
import { compareSecrets, compareSettings, copySecrets, copySettings } from './small-stores.ts';
import type { Places } from './moved.ts';
import { readSide, removeSide, writeSide } from './state.ts';

export interface InPlaceOptions extends Omit<MigrationOptions, 'stampJournal'> {
  /** Of the stores that change, where they are then. */
  readonly places: Places;
}

/** @throws as `migrateStores` */
export async function migrateInPlace(options: InPlaceOptions): Promise<MigrationReport> {
  return new InPlace(options, await begin(options)).run();
}

/** @returns the id of the move, new or the one that was begun. @throws conflict */
async function begin({ source, target, shared, names, clock }: InPlaceOptions): Promise<string> {
  const { sql } = source;
  const ours = await readSide(sql.reader, 'source');
  if (ours !== undefined && ours.phase !== 'given_up') {
    if (ours.peer !== names.target)
      throw new AppError(
        'conflict',
        `a migration to ${ours.peer} was begun: go on with that one, or end it with "volvox migrate --abort"`,
      );
    if (ours.phase === 'done')
      throw new AppError('conflict', 'everything was moved there already: start the nodes on it');
    return ours.id;
  }
  await requireEmpty(target, new Set([...shared, 'sql' as const]));
  const id = newId();
  await writeSide(sql, { side: 'source', id, phase: 'copying', peer: names.target, updated_at: clock.now() });
  return id;
}

class InPlace {
  readonly #options: InPlaceOptions;
  readonly #id: string;
  readonly #copier: ContentsCopier;
  /** Registry, broker, cache and documents hold nothing that has to be copied: nobody is kept from writing for them. */
  readonly #holds: boolean;

  constructor(options: InPlaceOptions, id: string) {
    this.#options = options;
    this.#id = id;
    const { source, target, signal, keepGoing, shared } = options;
    this.#copier = new ContentsCopier({ source, target, signal, keepGoing, shared: shared.has('blobs') });
    this.#holds = shared.size < 3;
  }

  async run(): Promise<MigrationReport> {
    const { source, clock } = this.#options;
    try {
      await this.#bring();
      const from = clock.monotonic();
      if (this.#holds) {
        this.#tell('read-only');
        await guardSource(source.sql, this.#options.signal);
        await this.#note('frozen');
      }
      return await this.#finish(from);
    } catch (error) {
      await this.#letWrite(error);
      throw error;
    }
  }

  async #finish(from: number): Promise<MigrationReport> {
    const { source, target, shared, clock, moved, finish } = this.#options;
    await this.#bring();
    this.#tell('secrets');
    const secrets = shared.has('vault') ? 0 : await copySecrets(source.vault, target.vault);
    const settings = shared.has('config') ? 0 : await copySettings(source.config, target.config);
    const blobs = await this.#verify();
    await finish();
    await this.#done();
    this.#tell('done');
    const findings = [...this.#copier.findings.values()];
    const readOnlyMs = this.#holds ? Math.round(clock.monotonic() - from) : 0;
    return { id: this.#id, state: 'done', moved, tables: [], blobs, secrets, settings, findings, readOnlyMs };
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
    if (!shared.has('vault')) await compareSecrets(source.vault, target.vault);
    if (!shared.has('config')) await compareSettings(source.config, target.config);
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
    const { source, places, clock } = this.#options;
    const { sql } = source;
    const known = await readSide(sql.reader, 'places');
    const before = known === undefined ? {} : (JSON.parse(known.peer) as Places);
    await writeSide(sql, {
      side: 'places',
      id: this.#id,
      phase: 'moved',
      peer: JSON.stringify({ ...before, ...places }),
      updated_at: clock.now(),
    });
    if (this.#holds) await this.#note('done');
    else await removeSide(sql, 'source');
  }

  /** A failure must not leave people with a server that they cannot write to; kill -9 does, and is resumed. */
  async #letWrite(failure: unknown): Promise<void> {
    try {
      await this.#options.source.sql.unguard(guardedTables);
      await this.#note('copying');
    } catch (error) {
      throw new AppError(
        'unavailable',
        `the server is still read-only ("volvox migrate --abort" ends that); the migration failed: ${failure instanceof Error ? failure.message : String(failure)}`,
        { cause: error },
      );
    }
  }

  #note(phase: 'copying' | 'frozen' | 'done'): Promise<void> {
    const { source, names, clock } = this.#options;
    return writeSide(source.sql, {
      side: 'source',
      id: this.#id,
      phase,
      peer: names.target,
      updated_at: clock.now(),
    });
  }

  #tell(stage: Stage, done = 0, total: number | null = null): void {
    this.#options.progress({ stage, part: stage === 'contents' ? 'chunks' : '', done, total });
  }
}
