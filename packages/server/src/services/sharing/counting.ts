/** What is counted of visitors: visits, downloads against their maximum, uploads. */
import type { Principal } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { Counted } from './api.ts';
import type { SharingDeps } from './deps.ts';
import { forgetOldAddresses } from './queries.ts';
import { exhausted, unknownLink } from './rules.ts';
import { dayOf } from './statistics.ts';
import type { LinkEventRow } from './tables.ts';
import * as queries from './visit-queries.ts';

const hourMs = 3_600_000;
const keptMs = 30 * 24 * hourMs;

type Event = Pick<LinkEventRow, 'link_id' | 'visitor' | 'kind' | 'node_id' | 'version_id'>;

export class Counting {
  readonly #deps: Pick<SharingDeps, 'sql' | 'clock'>;

  constructor(deps: Pick<SharingDeps, 'sql' | 'clock'>) {
    this.#deps = deps;
  }

  async visit(principal: Principal, visitor: string): Promise<boolean> {
    const event = eventOf(principal, visitor, 'visit', '', '');
    const { sql } = this.#deps;
    if (await this.#recent(event)) return false;
    await sql.transaction(async (tx) => {
      await tx.run(queries.countVisit, { id: event.link_id });
      await this.#note(tx, event);
    });
    return true;
  }

  /**
   * The count moves by an update whose condition says that one is left, so that no number of requests, on no number of nodes, takes more.
   * @throws gone
   */
  async download(principal: Principal, visitor: string, what: Counted): Promise<boolean> {
    const event = eventOf(principal, visitor, 'download', what.nodeId, what.versionId);
    if (what.resumes && (await this.#recent(event))) return false;
    await this.#deps.sql.transaction(async (tx) => {
      if ((await tx.run(queries.takeDownload, { id: event.link_id })) === 0) throw exhausted();
      await this.#note(tx, event);
    });
    return true;
  }

  /** In the caller's transaction. */
  upload(tx: SqlTransaction, principal: Principal, visitor: string, nodeId: string): Promise<void> {
    return this.#note(tx, eventOf(principal, visitor, 'upload', nodeId, ''));
  }

  async #recent(event: Event): Promise<boolean> {
    const since = this.#deps.clock.now() - hourMs;
    return (await this.#deps.sql.reader.get(queries.recentEvent, { ...event, since })) !== undefined;
  }

  /** Sums of the whole before those of one item: everybody takes the rows in this order. */
  async #note(tx: SqlTransaction, event: Event): Promise<void> {
    const at = this.#deps.clock.now();
    const { link_id, kind, node_id } = event;
    await tx.run(queries.insertEvent, { id: newId(), ...event, at });
    const sums = {
      link_id,
      day: dayOf(at),
      visits: Number(kind === 'visit'),
      downloads: Number(kind === 'download'),
      uploads: Number(kind === 'upload'),
    };
    for (const node of new Set(['', node_id]))
      await tx.run(queries.addToDay, { ...sums, slot: `${sums.day}/${node}`, node_id: node });
  }

  expire(): Promise<number> {
    const now = this.#deps.clock.now();
    return this.#deps.sql.transaction(
      async (tx) =>
        (await tx.run(forgetOldAddresses, { now })) +
        (await tx.run(queries.deleteOldEvents, { before: now - keptMs })),
    );
  }
}

function eventOf(
  principal: Principal,
  visitor: string,
  kind: LinkEventRow['kind'],
  nodeId: string,
  versionId: string,
): Event {
  const linkId = principal.confined?.linkId;
  if (linkId === undefined) throw unknownLink();
  return { link_id: linkId, visitor, kind, node_id: nodeId, version_id: versionId };
}
