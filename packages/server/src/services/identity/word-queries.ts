/** Statements on the words that people are found by. */
import { queriesOf } from '../../stores/sql/query.ts';
import type { IdentityTables, WordRow } from './tables.ts';

const define = queriesOf<IdentityTables>();

/** Beginnings of up to three words; those of a word that is not asked for let every word through. */
export type WordRanges = {
  from0: string;
  to0: string;
  from1: string;
  to1: string;
  from2: string;
  to2: string;
};

export const deleteWords = define<{ subjectId: string }>((db, p) =>
  db.deleteFrom('user_words').where('subject_id', '=', p.subjectId),
);
export const insertWord = define<{ subjectId: string; word: string; kind: WordRow['kind']; mail: number }>(
  (db, p) =>
    db.insertInto('user_words').values({ subject_id: p.subjectId, word: p.word, kind: p.kind, mail: p.mail }),
);
/** How many words of a kind begin so, counted up to `most`. */
export const countWords = define<
  WordRanges & { kind: WordRow['kind']; most: number },
  { n0: number; n1: number; n2: number }
>((db, p) => {
  const counted = (from: string, to: string) =>
    db
      .selectFrom((q) =>
        q
          .selectFrom('user_words')
          .select('word')
          .where('kind', '=', p.kind)
          .where('word', '>=', from)
          .where('word', '<', to)
          .limit(p.most)
          .as('some'),
      )
      .select((f) => f.fn.countAll<number>().as('n'));
  return db.selectNoFrom([
    counted(p.from0, p.to0).as('n0'),
    counted(p.from1, p.to1).as('n1'),
    counted(p.from2, p.to2).as('n2'),
  ]);
});
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
