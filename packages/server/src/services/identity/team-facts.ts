/** What records tell of changes of teams and of who is in them. */
import type { SqlReader } from '../../stores/sql/contract.ts';
import { differences, type JournalEntry } from '../journal/api.ts';
import { labelOf } from './account-facts.ts';
import { recordOf } from './journal-entry.ts';
import type { TeamRow } from './tables.ts';
import { userById } from './user-queries.ts';

type Shown = Pick<TeamRow, 'name' | 'description' | 'owner_id'>;
type Membership = { readonly manager: number; readonly expires_at: number | null };

export function teamUpdated(
  actorId: string | null,
  old: Shown & Pick<TeamRow, 'id'>,
  next: Shown,
): JournalEntry {
  const { before, after } = differences(factsOf(old), factsOf(next));
  const about = { teamId: old.id, name: old.name };
  return recordOf('team.updated', actorId, { ...about, ...before }, { ...about, ...after });
}

function factsOf({ name, description, owner_id: ownerId }: Shown) {
  return { name, description, ownerId };
}

/** @param states before and after; null: no member */
export async function memberChanged(
  reader: SqlReader,
  actorId: string | null,
  team: Pick<TeamRow, 'id' | 'name'>,
  userId: string,
  states: readonly [Membership | null, Membership | null],
): Promise<JournalEntry> {
  const user = await reader.get(userById, { id: userId });
  const about = { teamId: team.id, name: team.name, ...(user === undefined ? { userId } : labelOf(user)) };
  const of = (state: Membership | null) =>
    state === null ? null : { ...about, manager: state.manager === 1, expiresAt: state.expires_at };
  return recordOf('team.updated', actorId, of(states[0]), of(states[1]));
}
