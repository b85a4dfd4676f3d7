/** Somebody has less roles than before, or some for less long: what they passed on by them is other services' to end. */
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { HeldRole } from '../access/api.ts';
import type { RolesLost } from './api.ts';
import { Hooks } from './hooks.ts';
import type { Principals } from './principals.ts';

export class RoleLosses extends Hooks<[lost: RolesLost, actorId: string | null]> {
  readonly #principals: Principals;

  constructor(principals: Principals) {
    super();
    this.#principals = principals;
  }

  /** For a change of one user: tells what is missing afterwards, or ends sooner. */
  async compared<T>(
    tx: SqlTransaction,
    userId: string,
    actorId: string | null,
    change: () => Promise<T>,
  ): Promise<T> {
    const before = (await this.#principals.held(tx, userId))?.roles ?? [];
    const result = await change();
    const after = new Map(((await this.#principals.held(tx, userId))?.roles ?? []).map(endOf));
    const roles = before.map(endOf).flatMap(([id, end]) => (end > (after.get(id) ?? 0) ? [id] : []));
    if (roles.length > 0) await this.run(tx, { users: [userId], roles, gone: [] }, actorId);
    return result;
  }
}

function endOf({ id, until }: HeldRole): [string, number] {
  return [id, until ?? Infinity];
}
