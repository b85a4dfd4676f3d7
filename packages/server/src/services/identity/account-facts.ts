/** What records tell of an account. Each fact is named here, so that no secret slips in. */
import type { SqlReader } from '../../stores/sql/contract.ts';
import { differences, type JournalEntry } from '../journal/api.ts';
import { groupById } from './group-queries.ts';
import { checkAttributes } from './input.ts';
import { recordOf } from './journal-entry.ts';
import type { UserRow } from './tables.ts';
import { attributesOf, type ChangedUser } from './user-queries.ts';

/** Whom it is about, as they were called then: people are sought by it when they are long gone. */
export function labelOf(user: Pick<UserRow, 'id' | 'login' | 'display_name'>) {
  return { userId: user.id, login: user.login, displayName: user.display_name };
}

type State = Omit<ChangedUser, 'passwordHash' | 'folded'>;

function stateOf(row: UserRow): State {
  const { id, email, admin, disabled, quota, locale, source } = row;
  const {
    display_name: displayName,
    group_id: groupId,
    expires_at: expiresAt,
    external_id: externalId,
  } = row;
  return { id, displayName, email, admin, disabled, groupId, quota, locale, expiresAt, source, externalId };
}

function factsOf(user: State) {
  const { displayName, email, groupId, quota, locale, expiresAt, source, externalId } = user;
  const flags = { admin: user.admin === 1, disabled: user.disabled === 1 };
  return { displayName, email, ...flags, groupId, quota, locale, expiresAt, source, externalId };
}

type Attributes = Readonly<Record<string, string>>;

export interface AccountChange {
  /** What was asked for. Of secrets nothing else is told. */
  readonly fields: readonly string[];
  readonly next?: State;
  readonly attributes?: { readonly before: Attributes; readonly after: Attributes } | undefined;
}

export async function accountChanged(
  reader: SqlReader,
  actorId: string | null,
  old: UserRow,
  change: AccountChange,
): Promise<JournalEntry> {
  const { fields, next = stateOf(old), attributes } = change;
  const { before, after } = differences(factsOf(stateOf(old)), factsOf(next));
  const given =
    attributes === undefined
      ? none
      : differences({ attributes: attributes.before }, { attributes: attributes.after });
  const moved =
    next.groupId === old.group_id
      ? none
      : { before: await groupOf(reader, old.group_id), after: await groupOf(reader, next.groupId) };
  const label = labelOf(old);
  return recordOf(
    'user.updated',
    actorId,
    { ...label, ...before, ...moved.before, ...given.before },
    { ...label, ...after, ...moved.after, ...given.after, fields },
  );
}

const none = { before: {}, after: {} };

async function groupOf(reader: SqlReader, id: string) {
  return { group: (await reader.get(groupById, { id }))?.name ?? null };
}

/** undefined: they stay as they are. @throws invalid_input */
export async function attributesChanged(
  reader: SqlReader,
  userId: string,
  wanted: Attributes | undefined,
): Promise<AccountChange['attributes']> {
  if (wanted === undefined) return undefined;
  const after = checkAttributes(wanted);
  const rows = await reader.all(attributesOf, { ids: [userId] });
  return { before: Object.fromEntries(rows.map(({ name, value }) => [name, value])), after };
}
