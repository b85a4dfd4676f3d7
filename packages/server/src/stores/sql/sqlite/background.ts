import { isAppError } from '../../../kernel/errors.ts';
import { SqliteThread, type ThreadSettings } from '../../clients/sqlite/thread.ts';
import { WorkerLine } from '../../clients/sqlite/worker-line.ts';
import type { Row } from '../../clients/sqlite/native.ts';
import type { SqlParameters, SqlReader } from '../contract.ts';
import type { CompiledQuery, Query } from '../query.ts';
import { translate } from './errors.ts';
import { bind, checkRows } from './values.ts';

/** Long questions, on a thread of their own. */
export class Background implements SqlReader {
  readonly #thread: SqliteThread;

  constructor(settings: ThreadSettings, idleMs?: number) {
    this.#thread = new SqliteThread(
      settings,
      (error) => translate(error, settings.file),
      new WorkerLine(idleMs),
    );
  }

  async all<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R[]> {
    return (await this.#query(query.compiled('sqlite'), parameters)) as R[];
  }

  async get<P extends SqlParameters, R>(query: Query<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.#query(query.compiled('sqlite'), parameters))[0] as R | undefined;
  }

  async verify(): Promise<readonly string[]> {
    const findings: string[] = [];
    for (const row of await this.#examine('pragma integrity_check', findings)) {
      if (row['integrity_check'] !== 'ok') findings.push(String(row['integrity_check']));
    }
    for (const row of await this.#examine('pragma foreign_key_check', findings)) {
      findings.push(
        `row ${String(row['rowid'])} of ${String(row['table'])} refers to a missing row of ${String(row['parent'])}`,
      );
    }
    return findings;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  /** A check that itself stumbles over the damage is a finding, too. */
  async #examine(sql: string, findings: string[]): Promise<Row[]> {
    try {
      return await this.#thread.ask(sql, []);
    } catch (error) {
      if (!isAppError(error, 'corrupt')) throw error;
      findings.push(error.message);
      return [];
    }
  }

  async #query(compiled: CompiledQuery, parameters: SqlParameters): Promise<Row[]> {
    return checkRows(await this.#thread.ask(compiled.sql, bind(compiled.slots, parameters)));
  }
}
