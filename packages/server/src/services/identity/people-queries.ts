/** Statements that find people to share with: index walks that end after a bounded number of rows. */
import { sql } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { GroupRow, IdentityTables, UserRow } from './tables.ts';
import type { WordRanges } from './word-queries.ts';

const define = queriesOf<IdentityTables>();

type Seen = { mail: number; me: string; all: number; now: number; limit: number };

export type FoundUser = Pick<
  UserRow,
  'id' | 'login' | 'display_name' | 'email' | 'role_id' | 'avatar' | 'kind'
>;
const shown = [
  'users.id',
  'users.login',
  'users.display_name',
  'users.email',
  'users.role_id',
  'users.avatar',
  'users.kind',
] as const;

const wordsAfterFirst = [
  ['from1', 'to1'],
  ['from2', 'to2'],
] as const;
type Slots = readonly (typeof wordsAfterFirst)[number][];

/** Statements for one, two and three words: a server that plans each time anew plans no look-up that lets everything through. */
function forWords<Q>(make: (more: Slots) => Q): (words: number) => Q {
  const made = [0, 1, 2].map((more) => make(wordsAfterFirst.slice(0, more)));
  return (words) => {
    const query = made[words - 1];
    if (query === undefined) throw new Error(`no statement for ${words} words`);
    return query;
  };
}

/**
 * In the order of the first word, so that the index ends the walk at `limit`; a user with several words that fit comes several times.
 * `me`, `all`: guests are seen by whoever invited them, or with `all` = 1.
 */
export const findUsers = forWords((more) =>
  define<WordRanges & Seen, FoundUser>((db, p) => {
    let query = db
      .selectFrom('user_words as w')
      .innerJoin('users', 'users.id', 'w.subject_id')
      .select(shown)
      .where('w.word', '>=', p.from0)
      .where('w.word', '<', p.to0)
      .where('w.kind', '=', 'user')
      .where('w.mail', '<=', p.mail)
      .where('users.disabled', '=', 0)
      .where((on) => on.or([on('users.expires_at', 'is', null), on('users.expires_at', '>', p.now)]))
      .where((on) =>
        on.or([
          on('users.kind', '=', 'person'),
          on('users.invited_by', '=', p.me),
          sql<boolean>`1 = ${p.all}`,
        ]),
      );
    for (const [from, to] of more)
      query = query.where((on) =>
        on.exists(
          on
            .selectFrom('user_words as v')
            .select('v.word')
            .whereRef('v.subject_id', '=', 'w.subject_id')
            .where('v.word', '>=', p[from])
            .where('v.word', '<', p[to])
            .where('v.mail', '<=', p.mail),
        ),
      );
    return query.orderBy('w.word').limit(p.limit);
  }),
);

export const findGroups = forWords((more) =>
  define<WordRanges & { limit: number }, GroupRow>((db, p) => {
    let query = db
      .selectFrom('user_words as w')
      .innerJoin('user_groups', 'user_groups.id', 'w.subject_id')
      .selectAll('user_groups')
      .where('w.word', '>=', p.from0)
      .where('w.word', '<', p.to0)
      .where('w.kind', '=', 'group');
    for (const [from, to] of more)
      query = query.where((on) =>
        on.exists(
          on
            .selectFrom('user_words as v')
            .select('v.word')
            .whereRef('v.subject_id', '=', 'w.subject_id')
            .where('v.word', '>=', p[from])
            .where('v.word', '<', p[to]),
        ),
      );
    return query.orderBy('w.word').limit(p.limit);
  }),
);

/** Who shares a team with the user, or invited it. */
export const companions = define<{ me: string; now: number; limit: number }, FoundUser>((db, p) =>
  db
    .selectFrom('team_members as mine')
    .innerJoin('team_members as theirs', 'theirs.team_id', 'mine.team_id')
    .innerJoin('users', 'users.id', 'theirs.user_id')
    .select(shown)
    .distinct()
    .where('mine.user_id', '=', p.me)
    .where('users.disabled', '=', 0)
    .where((on) => on.or([on('mine.expires_at', 'is', null), on('mine.expires_at', '>', p.now)]))
    .where((on) => on.or([on('users.expires_at', 'is', null), on('users.expires_at', '>', p.now)]))
    .limit(p.limit),
);

/** Whose own role is one of these. */
export const usersOfRoles = define<{ roles: readonly string[]; now: number; limit: number }, FoundUser>(
  (db, p, dialect) =>
    db
      .selectFrom('users')
      .select(shown)
      .where(inList('users.role_id', p.roles, dialect))
      .where('users.disabled', '=', 0)
      .where((on) => on.or([on('users.expires_at', 'is', null), on('users.expires_at', '>', p.now)]))
      .limit(p.limit),
);
