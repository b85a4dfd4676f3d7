import type { CompiledQuery } from '../contract.ts';
import type { EngineConnection, Result, Row, Values } from './engine.ts';

/** A connection in the hands of the pool: what runs on it, since when, and whether it may be used again. */
export class Session {
  readonly connection: EngineConnection;
  /** Connections of an older generation than the pool's are not used again. */
  readonly generation: number;
  /** When what runs now was begun (monotonic), 0 if nothing runs. */
  busySince = 0;
  /** When the last statement ended (monotonic). */
  usedAt = 0;
  /** When the server last did what it was told (monotonic). */
  heardAt = 0;
  /** Not to be used again. */
  broken = false;
  /** Called when its holder neither uses it nor gives it back. */
  onStuck: (() => void) | null = null;
  #fail: ((error: unknown) => void) | null = null;
  /** Why it is broken. */
  #reason: unknown = null;

  constructor(connection: EngineConnection, generation: number) {
    this.connection = connection;
    this.generation = generation;
  }

  execute(statement: CompiledQuery, values: Values, begin = false): Promise<Result> {
    return this.#watched(() => this.connection.execute(statement, values, begin));
  }

  executeMany(statement: CompiledQuery, rows: readonly Values[], begin = false): Promise<number> {
    return this.#watched(() => this.connection.executeMany(statement, rows, begin));
  }

  exec(sql: string): Promise<readonly Row[]> {
    return this.#watched(() => this.connection.exec(sql));
  }

  commit(): Promise<void> {
    return this.#watched(() => this.connection.commit());
  }

  rollback(): Promise<void> {
    return this.#watched(() => this.connection.rollback());
  }

  /** Drops the connection. What runs on it fails with `error` at once, whatever the driver does; so does what comes later. */
  destroy(error: unknown): void {
    if (!this.broken) this.#reason = error;
    this.broken = true;
    this.connection.destroy();
    this.#fail?.(error);
  }

  #watched<T>(start: () => Promise<T>): Promise<T> {
    if (this.broken) return Promise.reject(this.#reason);
    this.busySince = performance.now();
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        this.usedAt = performance.now();
        this.busySince = 0;
        this.#fail = null;
      };
      this.#fail = (error) => {
        end();
        reject(error);
      };
      start().then(
        (value) => {
          end();
          this.heardAt = this.usedAt;
          resolve(value);
        },
        (error: unknown) => this.#fail?.(error),
      );
    });
  }
}
