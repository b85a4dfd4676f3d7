/** Statements on the words that people are found by. */
import { queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables, WordRow } from './tables.ts';

const define = queriesOf<IdentityTables>();

export const deleteWords = define<{ subjectId: string }>((db, p) =>
  db.deleteFrom('user_words').where('subject_id', '=', p.subjectId),
);
export const insertWord = define<{ subjectId: string; word: string; kind: WordRow['kind']; mail: number }>(
  (db, p) =>
    db.insertInto('user_words').values({ subject_id: p.subjectId, word: p.word, kind: p.kind, mail: p.mail }),
);
export const usersWithoutWords = define<
  { limit: number },
  { id: string; login: string; display_name: string; email: string | null }
>((db, p) =>
  db
    .selectFrom('users')
    .select(['id', 'login', 'display_name', 'email'])
    .where((on) =>
      on.not(on.exists(on.selectFrom('user_words').select('word').whereRef('subject_id', '=', 'users.id'))),
    )
    .limit(p.limit),
);
export const groupsWithoutWords = define<{ limit: number }, { id: string; name: string }>((db, p) =>
  db
    .selectFrom('user_groups')
    .select(['id', 'name'])
    .where((on) =>
      on.not(
        on.exists(on.selectFrom('user_words').select('word').whereRef('subject_id', '=', 'user_groups.id')),
      ),
    )
    .limit(p.limit),
);
