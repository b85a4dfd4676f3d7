/** Tells the journal and the history of a node what was set there, given and taken away. */
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { isId, newId } from '../../kernel/ids.ts';
import type { Json } from '../../stores/config/contract.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import type { JournalService } from '../journal/api.ts';
import type { HistoryEntry } from './api.ts';
import * as queries from './queries.ts';
import type { HistoryRow } from './tables.ts';

type Facts = { readonly [key: string]: Json };

export interface NodeChange {
  readonly kind: HistoryRow['kind'];
  readonly nodeId: string;
  readonly roleId: string;
  readonly roleName: string;
  readonly actorId: string | null;
  /** null: there was nothing. */
  readonly before: Facts | null;
  /** null: it was taken away. */
  readonly after: Facts | null;
}

export class History {
  readonly #journal: Pick<JournalService, 'append'>;
  readonly #clock: Clock;

  constructor(journal: Pick<JournalService, 'append'>, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** In the transaction of the change. */
  async record(tx: SqlTransaction, change: NodeChange): Promise<void> {
    const { kind, nodeId, roleId, roleName, actorId, before, after } = change;
    await tx.run(queries.insertHistory, {
      id: newId(),
      nodeId,
      at: this.#clock.now(),
      actorId,
      roleId,
      roleName,
      kind,
      before: before === null ? null : JSON.stringify(before),
      after: after === null ? null : JSON.stringify(after),
    });
    await this.#journal.append(tx, {
      kind: 'access.changed',
      actorId,
      nodeId,
      parentId: null,
      workspaceId: null,
      before: before === null ? null : { roleId, roleName, ...before },
      after: { roleId, roleName, ...(after ?? gone[kind]) },
      bytes: 0,
      files: 0,
    });
  }

  async of(
    reader: SqlReader,
    nodeId: string,
    { cursor, limit }: { readonly cursor?: string; readonly limit: number },
  ): Promise<{ readonly items: readonly HistoryEntry[]; readonly next: string | null }> {
    if (cursor !== undefined && !isId(cursor)) throw badCursor();
    const rows = await reader.all(queries.historyOf, { nodeId, before: cursor ?? 'g', limit: limit + 1 });
    const items = rows.slice(0, limit).map(entryOf);
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }
}

/** What the journal says of something that is no longer there. */
const gone: Readonly<Record<HistoryRow['kind'], Facts>> = {
  rule: { allow: [], deny: [] },
  grant: { grant: [] },
  policy: { policy: null },
};

function entryOf(row: HistoryRow): HistoryEntry {
  return {
    id: row.id,
    at: row.at,
    kind: row.kind,
    actorId: row.actor_id,
    roleId: row.role_id,
    roleName: row.role_name,
    before: parse(row.before),
    after: parse(row.after),
  };
}

function parse(text: string | null): HistoryEntry['before'] {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>); // the edge: written above
}

export function badCursor(): AppError {
  return new AppError('invalid_input', 'the cursor does not belong to this list', {
    details: { reason: 'cursor' },
  });
}
