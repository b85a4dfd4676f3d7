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
    const ways = await endReceived(this.#deps, tx, gone, actorId);
    // Groups and roles with many members are mostly allowed nothing: then nobody passed on anything by them.
    const places = users.length === 0 ? [] : await this.#deps.access.placesOf(tx, roles);
    if (places.length === 0) return review(this.#deps, tx, { ways, shares: [], mounts: [] }, actorId);
    const rest = await this.#some(tx, { users, places, position: 0, after: '', actorId }, ways);
    if (rest === null) return;
    const kept = { users: JSON.stringify(users), places: JSON.stringify(places) };
    const { position, after } = rest;
    await tx.run(queries.insertReview, { id: newId(), ...kept, position, after, actorId });
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
      const rest = await this.#some(tx, lossOf(row), []);
      if (rest === null) await tx.run(queries.deleteReview, { id: row.id });
      else await tx.run(queries.advanceReview, { id: row.id, position: rest.position, after: rest.after });
    });
    return true;
  }

  /** One batch. @param ways by which something was passed on that goes, too @returns what is left */
  async #some(tx: SqlTransaction, loss: Loss, ways: readonly Via[]): Promise<Loss | null> {
    const { position, after, actorId } = loss;
    const next = position + this.#batch.users;
    const users = loss.users.slice(position, next);
    const concerned = concernedBy(this.#deps, tx, new Set(loss.places));
    const limit = this.#batch.shares;
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
    if (last !== undefined) return { ...loss, after: last.id };
    return next < loss.users.length ? { ...loss, position: next, after: '' } : null;
  }
}

/** The edge: written by `lost`. */
function lossOf({ users, places, position, after_id: after, actor_id: actorId }: ShareReviewRow): Loss {
  const [who, where] = [users, places].map((text) => JSON.parse(text) as string[]);
  return { users: who ?? [], places: where ?? [], position, after, actorId };
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

/** What was given to roles that are no more. @returns what may have been passed on by it */
async function endReceived(
  deps: CollaborationDeps,
  tx: SqlTransaction,
  roles: readonly string[],
  actorId: string | null,
): Promise<readonly Via[]> {
  if (roles.length === 0) return [];
  const ways: Via[] = [];
  for (const share of await tx.all(queries.sharesTo, { roles })) {
    await removeShare(deps, tx, share, actorId);
    ways.push(`share:${share.id}`);
  }
  for (const { cell_id: cellId, role_id: roleId } of await tx.all(queries.membershipsOf, { roles })) {
    await tx.run(queries.deleteMember, { cellId, roleId });
    await deps.access.revokeGrants(tx, { source: 'cell', sourceId: cellId, roleId }, actorId);
    ways.push(`cell:${cellId}`);
  }
  return ways;
}
