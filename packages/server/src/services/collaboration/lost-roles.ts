/**
 * Somebody leaves a team, a group or a role, or has it for less long: what they passed on by it goes, or ends with it. A rule that is changed takes
 * nothing away (see `stale`); whoever leaves does. That of one person mostly goes in the transaction that takes the role; where many leave at once,
 * the first batch does, and the rest right afterwards in transactions of its own, which any node takes up again.
 */
import { newId } from '../../kernel/ids.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { SHARE, type Permissions } from '../access/api.ts';
import type { RolesLost } from '../identity/api.ts';
import type { MountRecord } from '../workspaces/api.ts';
import { bitsOfRole, wayOf, type CollaborationDeps, type Via } from './core.ts';
import * as queries from './queries.ts';
import { removeShare, review } from './review.ts';
import type { ShareReviewRow, ShareRow } from './tables.ts';

/** What is still to be looked at of one loss. */
interface Loss {
  readonly users: readonly string[];
  /** Where the roles had a say. They may be gone by now. */
  readonly places: readonly string[];
  /** The first of the users that are looked at next. */
  readonly position: number;
  /** Their shares up to this one are done. */
  readonly after: string;
  /** Roles that are no more, of which something that was given to them may be left: ends first. */
  readonly gone: readonly string[];
  readonly actorId: string | null;
}

/** So many users, and so many shares of them, are looked at in one transaction. */
const usual = { users: 100, shares: 200 };

export class LostRoles {
  readonly #deps: CollaborationDeps;
  readonly #batch: typeof usual;
  readonly #stopped = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(deps: CollaborationDeps, batch: typeof usual = usual) {
    this.#deps = deps;
    this.#batch = batch;
  }

  async lost(tx: SqlTransaction, { users, roles, gone }: RolesLost, actorId: string | null): Promise<void> {
    // Groups and roles with many members are mostly allowed nothing: then nobody passed on anything by them.
    const places = users.length === 0 ? [] : await this.#deps.access.placesOf(tx, roles);
    const concerned = places.length === 0 ? [] : users;
    const loss = { users: concerned, places, position: 0, after: '', gone, actorId };
    const rest = await this.#some(tx, loss);
    if (rest === null) return;
    await tx.run(queries.insertReview, { id: newId(), ...keptOf(rest), actorId });
    tx.afterCommit(() => this.#goOn());
  }

  /** What other transactions left to do. @returns in how many batches */
  async finish(signal: AbortSignal): Promise<number> {
    let batches = 0;
    while (!signal.aborted && (await this.#next())) batches++;
    return batches;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** What fails here is done by the duty. */
  #goOn(): void {
    this.#running = this.#running.then(() => this.finish(this.#stopped.signal)).catch(() => undefined);
  }

  /** Of the oldest loss. @returns whether there was any */
  async #next(): Promise<boolean> {
    const { sql, access } = this.#deps;
    if ((await sql.reader.get(queries.nextReview, {})) === undefined) return false;
    await sql.transaction(async (tx) => {
      await access.bumpEpoch(tx);
      const row = await tx.get(queries.nextReview, {});
      if (row === undefined) return; // another node was first
      const rest = await this.#some(tx, lossOf(row));
      if (rest === null) await tx.run(queries.deleteReview, { id: row.id });
      else await tx.run(queries.advanceReview, { id: row.id, ...keptOf(rest) });
    });
    return true;
  }

  /** One batch. @returns what is left */
  async #some(tx: SqlTransaction, loss: Loss): Promise<Loss | null> {
    const { position, after, gone, actorId } = loss;
    const limit = this.#batch.shares;
    const ways = gone.length === 0 ? [] : await endReceived(this.#deps, tx, gone, limit, actorId);
    const more = ways.length === limit; // what was ended is not found again
    if (more || loss.users.length === 0) {
      await review(this.#deps, tx, { ways, shares: [], mounts: [] }, actorId);
      return more ? loss : null;
    }
    const next = position + this.#batch.users;
    const users = loss.users.slice(position, next);
    const concerned = concernedBy(this.#deps, tx, new Set(loss.places));
    const found = await tx.all(queries.sharesByAny, { users, now: this.#deps.clock.now(), after, limit });
    const last = found.length < limit ? undefined : found.at(-1);
    const shares: ShareRow[] = [];
    for (const share of found) {
      const { created_by: by, node_id: nodeId, role, expires_at: until, via } = share;
      if (await concerned({ by, nodeId, need: SHARE | bitsOfRole(role), until, via })) shares.push(share);
    }
    const mounts: MountRecord[] = [];
    for (const mount of last === undefined ? await this.#deps.workspaces.mountsBy(tx, users) : []) {
      const { addedBy: by, nodeId, allow, until, via } = mount;
      // In an administrators' workspace: gives nothing.
      if (allow === 0) continue;
      if (await concerned({ by, nodeId, need: SHARE | allow, until, via })) mounts.push(mount);
    }
    await review(this.#deps, tx, { ways, shares, mounts }, actorId);
    const rest = { ...loss, gone: [] };
    if (last !== undefined) return { ...rest, after: last.id };
    return next < loss.users.length ? { ...rest, position: next, after: '' } : null;
  }
}

function keptOf({ users, places, gone, position, after }: Loss) {
  const [usersText, placesText, goneText] = [users, places, gone].map((ids) => JSON.stringify(ids));
  return { users: usersText ?? '', places: placesText ?? '', gone: goneText ?? '', position, after };
}

/** The edge: written by `keptOf`. */
function lossOf({ users, places, gone, position, after_id: after, actor_id: actorId }: ShareReviewRow): Loss {
  const [who, where, which] = [users, places, gone ?? '[]'].map((text) => JSON.parse(text) as string[]);
  return { users: who ?? [], places: where ?? [], gone: which ?? [], position, after, actorId };
}

interface PassedOn {
  readonly by: string | null;
  readonly nodeId: string;
  readonly need: Permissions;
  readonly until: number | null;
  readonly via: string | null;
}

/** Whether the roles had a say where something was passed on, and rules do not give enough without them. */
function concernedBy(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  places: ReadonlySet<string>,
): (what: PassedOn) => Promise<boolean> {
  const known = new Map<string, boolean>();
  return async ({ by, nodeId, need, until, via }) => {
    let said = known.get(nodeId);
    if (said === undefined) {
      const chain = await deps.tree.chainIn(tx, nodeId);
      known.set(nodeId, (said = chain?.some((id) => places.has(id)) === true));
    }
    if (!said) return false;
    const way = via === null ? await wayOf(deps, tx, by, nodeId, need) : null;
    return way?.via !== null || (way.until ?? Infinity) < (until ?? Infinity);
  };
}

/** Some of what was given to roles that are no more. @returns what may have been passed on by it, as many as was ended */
async function endReceived(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  roles: readonly string[],
  limit: number,
  actorId: string | null,
): Promise<readonly Via[]> {
  const ways: Via[] = [];
  for (const share of await tx.all(queries.sharesTo, { roles, limit })) {
    await removeShare(deps, tx, share, actorId);
    ways.push(`share:${share.id}`);
  }
  const left = limit - ways.length;
  const memberships = left === 0 ? [] : await tx.all(queries.membershipsOf, { roles, limit: left });
  for (const { cell_id: cellId, role_id: roleId } of memberships) {
    await tx.run(queries.deleteMember, { cellId, roleId });
    await deps.access.revokeGrants(tx, { source: 'cell', sourceId: cellId, roleId }, actorId);
    ways.push(`cell:${cellId}`);
  }
  return ways;
}
