/** The row of the epoch: what every request begins with. Everything that raises it does so here. */
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import * as queries from './queries.ts';

interface EpochRow {
  readonly epoch: number;
  /** As of which epoch the policies are as they are. */
  readonly policy_epoch: number;
}

/** How often this process has raised it, in whatever database. */
let raised = 0;

/** Holds the row until the transaction ends, so that such changes run one after another over all nodes. */
export async function raiseEpoch(tx: SqlTransaction): Promise<void> {
  await tx.run(queries.raiseEpoch, queries.nothing);
  tx.afterCommit(() => {
    raised++;
  });
}

/** A database file belongs to one process (the data folder is locked), so there the row is read again only after this process raised it. */
export class EpochReader {
  readonly #reader: SqlReader;
  readonly #alone: boolean;
  #kept: { readonly row: EpochRow; readonly raised: number } | null = null;

  constructor(sql: SqlStore) {
    this.#reader = sql.reader;
    this.#alone = sql.dialect === 'sqlite';
  }

  /** As `reader` sees it. */
  async row(reader: SqlReader): Promise<EpochRow> {
    const keeps = this.#alone && reader === this.#reader;
    if (keeps && this.#kept?.raised === raised) return this.#kept.row;
    const before = raised;
    const row = await reader.get(queries.selectEpoch, queries.nothing);
    if (row === undefined) throw new AppError('internal', 'the access epoch is missing');
    if (keeps) this.#kept = { row, raised: before };
    return row;
  }
}
