/** What was shared with whom, in memory with the epoch it is at least as new as, until the first of it ends. */
import { LRUCache } from 'lru-cache';
import type { Principal } from '../../kernel/context.ts';
import type { CollaborationDeps } from './core.ts';
import * as queries from './queries.ts';

/** After every id. */
export const newest = '~';
const most = 10_000;

interface Entry {
  readonly ids: readonly string[];
  readonly epoch: number;
  readonly until: number;
}

export class ReceivedNodes {
  readonly #deps: CollaborationDeps;
  readonly #known = new LRUCache<string, Entry>({ max: 10_000 });

  constructor(deps: CollaborationDeps) {
    this.#deps = deps;
  }

  async of(principal: Principal): Promise<readonly string[]> {
    const { sql, access, clock } = this.#deps;
    const { userId, roles } = principal;
    if (userId === null || principal.confined !== undefined || roles.length === 0) return [];
    const epoch = Math.max(principal.epoch, access.lastEpoch());
    const known = this.#known.get(userId);
    if (known !== undefined && known.epoch >= epoch && clock.now() < known.until) return known.ids;
    const rows = await sql.reader.all(queries.sharesFor, {
      roles,
      userId,
      now: clock.now(),
      before: newest,
      limit: most,
    });
    const until = rows.reduce((first, row) => Math.min(first, row.expires_at ?? Infinity), Infinity);
    const ids = [...new Set(rows.filter((row) => row.hidden_by === null).map((row) => row.node_id))];
    this.#known.set(userId, { ids, epoch, until: Math.min(until, principal.validUntil ?? Infinity) });
    return ids;
  }
}
