/** Adding to the chain: one transaction at a time in the cluster, whoever runs it, as each holds the one row of `audit_chain`. */
import { AppError } from '../../kernel/errors.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { JournalRow } from '../journal/api.ts';
import type { AuditRow } from './api.ts';
import { hashOf } from './canonical.ts';
import { eventOfRow, type Event } from './event.ts';
import { deletePending, insertEvent, lockChain, moveChain, oldestPending } from './queries.ts';
import { tableRowOf } from './rows.ts';
import type { AuditChainTable } from './tables.ts';

export interface Sealed {
  readonly rows: number;
  /** How many rows no checkpoint covers yet. */
  readonly unsigned: number;
}

/** Takes the oldest events that wait. */
export async function sealPending(tx: SqlTransaction, limit: number): Promise<Sealed> {
  const chain = await holdChain(tx);
  const rows = await tx.all(oldestPending, { limit });
  if (rows.length === 0) return sealed(chain, 0);
  const events = rows.map((row) => JSON.parse(row.entry) as Event); // as `insertPending` was given it
  await extend(tx, chain, events, chain.journal_seq);
  await tx.run(deletePending, { ids: rows.map((row) => row.id) });
  return sealed(chain, rows.length);
}

/** Rows that are in the chain already are passed over: a follower may be handed them twice. */
export async function sealJournal(tx: SqlTransaction, rows: readonly JournalRow[]): Promise<Sealed> {
  const chain = await holdChain(tx);
  const fresh = rows.filter((row) => row.seq > chain.journal_seq);
  const last = fresh.at(-1);
  if (last === undefined) return sealed(chain, 0);
  await extend(tx, chain, fresh.map(eventOfRow), last.seq);
  return sealed(chain, fresh.length);
}

function sealed({ seq, signed_seq }: AuditChainTable, rows: number): Sealed {
  return { rows, unsigned: seq + rows - signed_seq };
}

export async function sealEvent(tx: SqlTransaction, event: Event): Promise<void> {
  const chain = await holdChain(tx);
  await extend(tx, chain, [event], chain.journal_seq);
}

async function holdChain(tx: SqlTransaction): Promise<AuditChainTable> {
  const chain = await tx.get(lockChain, {});
  if (chain === undefined) throw new AppError('corrupt', 'the audit log has lost its head');
  return chain;
}

/** The unique key of `seq` and the condition on the head would each refuse a second writer, were there one. */
async function extend(
  tx: SqlTransaction,
  chain: AuditChainTable,
  events: readonly Event[],
  journalSeq: number,
): Promise<void> {
  const rows: AuditRow[] = [];
  let { seq, hash: prevHash } = chain;
  for (const event of events) {
    const open = { ...event, seq: ++seq, prevHash };
    prevHash = hashOf(open);
    rows.push({ ...open, hash: prevHash });
  }
  await tx.runMany(
    insertEvent,
    rows.map((row) => ({ ...tableRowOf(row) })),
  );
  const moved = await tx.run(moveChain, { from: chain.seq, seq, hash: prevHash, journalSeq });
  if (moved !== 1) throw new AppError('conflict', 'the audit log was moved by another', { retryable: true });
}
