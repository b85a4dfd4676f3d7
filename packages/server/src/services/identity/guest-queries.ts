/** Statements on guests and their invitations. */
import { sql } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables, UserRow } from './tables.ts';

const define = queriesOf<IdentityTables>();

export const guestsOf = define<{ me: string; limit: number }, UserRow>((db, p) =>
  db
    .selectFrom('users')
    .selectAll()
    .where('invited_by', '=', p.me)
    .where('kind', '=', 'guest')
    .orderBy('login')
    .limit(p.limit),
);
/** Somebody of the house whose address or login this is, be the account shut or not. `email` in lower case. */
export const personAt = define<{ email: string }, { id: string }>((db, p, dialect) => {
  const lower = dialect === 'mysql' ? sql.ref<string>('mail_lower') : sql<string>`lower(${sql.ref('email')})`;
  const persons = db.selectFrom('users').select('id').where('kind', '=', 'person');
  // Two look-ups: an "or" may end in a walk.
  return persons
    .where('login', '=', p.email)
    .unionAll(persons.where(lower, '=', p.email))
    .limit(1);
});
/** Who invited is gone: the successor sees the guests from now on. */
export const handGuests = define<{ from: string; to: string | null }>((db, p) =>
  db.updateTable('users').set({ invited_by: p.to }).where('invited_by', '=', p.from),
);
export interface OpenInvitation {
  user_id: string;
  login: string;
  display_name: string;
  inviter: string | null;
}
export const invitationByHash = define<{ hash: string; now: number }, OpenInvitation>((db, p) =>
  db
    .selectFrom('invitations')
    .innerJoin('users', 'users.id', 'invitations.user_id')
    .leftJoin('users as inviters', 'inviters.id', 'invitations.invited_by')
    .select(['invitations.user_id', 'users.login', 'users.display_name', 'inviters.display_name as inviter'])
    .where('token_hash', '=', p.hash)
    .where('invitations.expires_at', '>', p.now)
    .where('users.disabled', '=', 0)
    .where((on) => on.or([on('users.expires_at', 'is', null), on('users.expires_at', '>', p.now)])),
);
export const insertInvitation = define<{
  userId: string;
  hash: string;
  invitedBy: string;
  at: number;
  expiresAt: number;
}>((db, p) =>
  db.insertInto('invitations').values({
    user_id: p.userId,
    token_hash: p.hash,
    invited_by: p.invitedBy,
    created_at: p.at,
    expires_at: p.expiresAt,
  }),
);
export const deleteInvitation = define<{ userId: string }>((db, p) =>
  db.deleteFrom('invitations').where('user_id', '=', p.userId),
);
export const deleteExpiredInvitations = define<{ now: number }>((db, p) =>
  db.deleteFrom('invitations').where('expires_at', '<=', p.now),
);
