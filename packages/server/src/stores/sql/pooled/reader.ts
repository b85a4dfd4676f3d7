import { AppError } from '../../../kernel/errors.ts';
import type { CompiledQuery, Query, SqlParameters, SqlReader } from '../contract.ts';
import type { Activity } from './activity.ts';
import type { Engine, Row, Values } from './engine.ts';
import { faultOf, pause } from './faults.ts';
import type { Pool } from './pool.ts';
import { bind } from './values.ts';

const maxTries = 3;

/** Single statements outside transactions, each a snapshot of its own. Reading changes nothing, so a lost connection is made up for. */
export class PooledReader implements SqlReader {
  statements = 0;
  readonly #engine: Engine;
  readonly #pool: Pool;
  readonly #activity: Activity;

  constructor(engine: Engine, pool: Pool, activity: Activity) {
    this.#engine = engine;
    this.#pool = pool;
    this.#activity = activity;
  }

  async all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R[]> {
    return (await this.#read(query.compiled(this.#engine.dialect), parameters)) as R[];
  }

  async get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.#read(query.compiled(this.#engine.dialect), parameters))[0] as R | undefined;
  }

  async #read(compiled: CompiledQuery, parameters: SqlParameters): Promise<Row[]> {
    this.#activity.begin();
    try {
      requireReading(compiled);
      return await this.#try(compiled, bind(this.#engine, compiled.slots, parameters));
    } finally {
      this.#activity.end();
    }
  }

  async #try(compiled: CompiledQuery, values: Values): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      const session = await this.#pool.acquire('read');
      try {
        this.statements++;
        return (await session.execute(compiled, values)).rows;
      } catch (error) {
        const fault = faultOf(this.#engine, error);
        if (fault.kind === 'lost') session.destroy(error);
        if (fault.kind === 'stale') this.#pool.renew();
        if (fault.kind === 'final' || tries >= maxTries) throw fault.error;
      } finally {
        this.#pool.release(session);
      }
      await pause(tries);
    }
  }
}

const reading = /^[\s(]*(?:select|with|values)\b/i;
const checked = new WeakSet<CompiledQuery>();

export function requireReading(compiled: CompiledQuery): void {
  if (checked.has(compiled)) return;
  if (!reading.test(compiled.sql))
    throw new AppError('internal', 'a reader was given a statement that writes');
  checked.add(compiled);
}
