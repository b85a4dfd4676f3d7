import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { definePoint, reach } from '../../../kernel/fault-points.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Migration } from '../contract.ts';
import { queriesOf } from '../query.ts';
import { acceptNewer, inOrder, type Applied, type SchemaTables } from '../schema-version.ts';
import type { Engine } from './engine.ts';
import { faultOf } from './faults.ts';
import { Session } from './session.ts';
import { bind } from './values.ts';

interface Tables {
  schema_migrations: SchemaTables['schema_migrations'] & { steps: number };
}
interface Progress extends Applied {
  readonly steps: number;
  readonly applied_at: number | null;
}
type Note = { name: string; steps: number; at: number | null; needs: string | null };

/** A statement of a migration has run and is not noted yet. */
const point = definePoint('sql.migrate.before-note');
const sayAgainMs = 10_000;

const define = queriesOf<Tables>();
const selectAll = define<Record<string, never>, Progress>((db) =>
  db.selectFrom('schema_migrations').selectAll().orderBy('name'),
);
const insert = define<Note>((db, p) =>
  db
    .insertInto('schema_migrations')
    .values({ name: p.name, steps: p.steps, applied_at: p.at, needs: p.needs }),
);
const update = define<Note>((db, p) =>
  db
    .updateTable('schema_migrations')
    .set({ steps: p.steps, applied_at: p.at, needs: p.needs })
    .where('name', '=', p.name),
);

export interface MigrateDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isClosed: () => boolean;
}

/** Applies what is missing on a connection of its own, which holds the lock for as long as it lives. */
export async function migrate(
  deps: MigrateDeps,
  migrations: readonly Migration[],
  version?: string,
): Promise<void> {
  const ordered = inOrder(migrations);
  const { engine } = deps;
  try {
    const connection = await engine.connect({ timeoutMs: 5000, statementMs: null, readOnly: false });
    try {
      await new Migrator(deps, new Session(connection, 0)).run(ordered, version);
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

  async run(ordered: readonly Migration[], version: string | undefined): Promise<void> {
    await this.#lock();
    await this.#makeTable();
    const progress = new Map((await this.#progress()).map((row) => [row.name, row]));
    const unknown = acceptNewer([...progress.values()], ordered, version);
    if (unknown.length > 0)
      this.#deps.log.info(
        { unknown },
        'the database was migrated by a newer version, beside which this one can work',
      );
    for (const migration of ordered) {
      const before = progress.get(migration.name);
      if (before === undefined || before.applied_at === null) await this.#apply(migration, before);
    }
  }

  /** Asks again and again: to wait for it in one statement would be an open transaction, which other nodes' schema changes wait for. */
  async #lock(): Promise<void> {
    const { engine, clock, log, isClosed } = this.#deps;
    const from = clock.monotonic();
    let sayAt = from;
    while (!(await engine.tryMigrationLock((sql) => this.#session.exec(sql)))) {
      if (isClosed()) throw new AppError('aborted', 'the database was closed while waiting to migrate it');
      const now = clock.monotonic();
      if (now >= sayAt) {
        log.info({ seconds: Math.round((now - from) / 1000) }, 'waiting: another node migrates the database');
        sayAt = now + sayAgainMs;
      }
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
    }
  }

  async #makeTable(): Promise<void> {
    const { engine } = this.#deps;
    for (const statement of engine.migrationTable) {
      await this.#session.exec(statement).catch((error: unknown) => {
        if (!engine.isDoneBefore(error)) throw error;
      });
    }
  }

  async #progress(): Promise<readonly Progress[]> {
    const compiled = selectAll.compiled(this.#deps.engine.dialect);
    return (await this.#session.execute(compiled, [])).rows as unknown as readonly Progress[];
  }

  async #apply(migration: Migration, before: Progress | undefined): Promise<void> {
    const { engine, clock, log } = this.#deps;
    const { name, needs = null } = migration;
    const statements = migration.up[engine.dialect];
    log.info({ migration: name }, 'migrating the database');
    try {
      if (engine.transactionalDdl)
        await this.#applyAtOnce({ name, needs, steps: statements.length, at: clock.now() }, statements);
      else {
        const begun = { name, needs, steps: before?.steps ?? 0, at: null };
        if (before === undefined) await this.#note(insert, begun);
        await this.#applyInSteps(begun, statements);
        await this.#note(update, { ...begun, steps: statements.length, at: clock.now() });
      }
    } catch (error) {
      const { error: cause } = faultOf(engine, error);
      throw new AppError(cause.code, `the migration ${name} failed: ${cause.message}`, {
        cause,
        retryable: cause.retryable,
      });
    }
  }

  async #applyAtOnce(note: Note, statements: readonly string[]): Promise<void> {
    try {
      await this.#note(insert, note, true);
      for (const statement of statements) {
        await this.#session.exec(statement);
        await reach(point);
      }
      await this.#session.commit();
    } catch (error) {
      await this.#session.rollback().catch(() => {});
      throw error;
    }
  }

  /** The first of them may have been done by somebody who was killed before it could be noted. */
  async #applyInSteps(begun: Note, statements: readonly string[]): Promise<void> {
    const { steps: done } = begun;
    for (const [i, statement] of statements.entries()) {
      if (i < done) continue;
      try {
        await this.#session.exec(statement);
      } catch (error) {
        if (i !== done || !this.#deps.engine.isDoneBefore(error)) throw error;
      }
      await reach(point);
      await this.#note(update, { ...begun, steps: i + 1 });
    }
  }

  async #note(query: typeof insert, note: Note, begin = false): Promise<void> {
    const compiled = query.compiled(this.#deps.engine.dialect);
    await this.#session.execute(compiled, bind(this.#deps.engine, compiled.slots, note), begin);
  }
}
