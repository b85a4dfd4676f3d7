import { AppError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Migration } from '../contract.ts';
import { queriesOf } from '../query.ts';
import type { Engine } from './engine.ts';
import { faultOf } from './faults.ts';
import { Session } from './session.ts';
import { bind } from './values.ts';

interface Tables {
  schema_migrations: { name: string; steps: number; applied_at: number | null };
}
interface Progress {
  readonly name: string;
  readonly steps: number;
  readonly applied_at: number | null;
}
type Note = { name: string; steps: number; at: number | null };

const define = queriesOf<Tables>();
const selectAll = define<Record<string, never>, Progress>((db) =>
  db.selectFrom('schema_migrations').selectAll().orderBy('name'),
);
const insert = define<Note>((db, p) =>
  db.insertInto('schema_migrations').values({ name: p.name, steps: p.steps, applied_at: p.at }),
);
const update = define<Note>((db, p) =>
  db.updateTable('schema_migrations').set({ steps: p.steps, applied_at: p.at }).where('name', '=', p.name),
);

export interface MigrateDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isClosed: () => boolean;
}

/** Applies what is missing on a connection of its own, which holds the lock for as long as it lives. */
export async function migrate(deps: MigrateDeps, migrations: readonly Migration[]): Promise<void> {
  const ordered = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (new Set(ordered.map((m) => m.name)).size !== ordered.length)
    throw new AppError('internal', 'two migrations have the same name');
  const { engine } = deps;
  try {
    const connection = await engine.connect({ timeoutMs: 5000, statementMs: null, readOnly: false });
    try {
      await new Migrator(deps, new Session(connection, 0)).run(ordered);
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw faultOf(engine, error).error;
  }
}

class Migrator {
  readonly #deps: MigrateDeps;
  readonly #session: Session;

  constructor(deps: MigrateDeps, session: Session) {
    this.#deps = deps;
    this.#session = session;
  }

  async run(ordered: readonly Migration[]): Promise<void> {
    await this.#lock();
    await this.#session.exec(this.#deps.engine.migrationTable);
    const progress = new Map((await this.#progress()).map((row) => [row.name, row]));
    refuseNewer(ordered, [...progress.keys()]);
    for (const migration of ordered) {
      const before = progress.get(migration.name);
      if (before === undefined || before.applied_at === null) await this.#apply(migration, before);
    }
  }

  /** Asks again and again: to wait for it in one statement would be an open transaction, which other nodes' schema changes wait for. */
  async #lock(): Promise<void> {
    const { engine, log, isClosed } = this.#deps;
    for (let tries = 0; !(await engine.tryMigrationLock((sql) => this.#session.exec(sql))); tries++) {
      if (isClosed()) throw new AppError('aborted', 'the database was closed while waiting to migrate it');
      if (tries === 20) log.info({}, 'waiting for another node that migrates the database');
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
    }
  }

  async #progress(): Promise<readonly Progress[]> {
    const compiled = selectAll.compiled(this.#deps.engine.dialect);
    return (await this.#session.execute(compiled, [])).rows as unknown as readonly Progress[];
  }

  async #apply(migration: Migration, before: Progress | undefined): Promise<void> {
    const { engine, clock, log } = this.#deps;
    const { name } = migration;
    const statements = migration.up[engine.dialect];
    log.info({ migration: name }, 'migrating the database');
    try {
      if (engine.transactionalDdl) await this.#applyAtOnce(name, statements);
      else {
        if (before === undefined) await this.#note(insert, { name, steps: 0, at: null });
        await this.#applyInSteps(name, statements, before?.steps ?? 0);
        await this.#note(update, { name, steps: statements.length, at: clock.now() });
      }
    } catch (error) {
      const { error: cause } = faultOf(engine, error);
      throw new AppError(cause.code, `the migration ${name} failed: ${cause.message}`, {
        cause,
        retryable: cause.retryable,
      });
    }
  }

  async #applyAtOnce(name: string, statements: readonly string[]): Promise<void> {
    const note = { name, steps: statements.length, at: this.#deps.clock.now() };
    try {
      await this.#note(insert, note, true);
      for (const statement of statements) await this.#session.exec(statement);
      await this.#session.commit();
    } catch (error) {
      await this.#session.rollback().catch(() => {});
      throw error;
    }
  }

  /** The first of them may have been done by somebody who was killed before it could be noted. */
  async #applyInSteps(name: string, statements: readonly string[], done: number): Promise<void> {
    for (const [i, statement] of statements.entries()) {
      if (i < done) continue;
      try {
        await this.#session.exec(statement);
      } catch (error) {
        if (i !== done || !this.#deps.engine.isDoneBefore(error)) throw error;
      }
      await this.#note(update, { name, steps: i + 1, at: null });
    }
  }

  async #note(query: typeof insert, note: Note, begin = false): Promise<void> {
    const compiled = query.compiled(this.#deps.engine.dialect);
    await this.#session.execute(compiled, bind(this.#deps.engine, compiled.slots, note), begin);
  }
}

function refuseNewer(ordered: readonly Migration[], applied: readonly string[]): void {
  const known = new Set(ordered.map((m) => m.name));
  const unknown = applied.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new AppError(
    'unsupported',
    `the database was written by a newer version (unknown: ${unknown.join(', ')}): install that version again`,
    { details: { unknown } },
  );
}
