/** How SQLite looks people up: by the words of the kind that is sought, then by the user; else searching grows with how many there are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Query, SqlParameters } from '../../stores/sql/contract.ts';
import { testDialect } from '../../stores/sql/testing.ts';
import { findGroups, findUsers } from './people-queries.ts';
import { openCluster, type TestCluster } from './testing.ts';
import { deleteSessionsFrom } from './session-queries.ts';
import { groups, teams, users } from './subjects.ts';
import { listUsers } from './user-queries.ts';
import { rangesOf } from './words.ts';

const ofKind = 'USING COVERING INDEX user_words_kind (kind=? AND word>? AND word<?)';
const ofUser = 'USING PRIMARY KEY (subject_id=? AND word>? AND word<?)';
const walked = { byGroups: false, words: 2, rare: false };

const cases: Readonly<
  Record<string, readonly [Pick<Query<never, unknown>, 'compiled'>, sorts: boolean, uses: readonly string[]]>
> = {
  'finding users': [findUsers(3), false, [ofKind, ofUser]],
  'finding groups': [findGroups(3), false, [ofKind, ofUser]],
  'a list by a rare word': [listUsers({ ...walked, rare: true }), true, [ofKind, ofUser]],
  'a list by words that many have': [listUsers(walked), false, ['(login>?)', ofUser]],
  'whose own role it is': [users, false, ['users_role (role_id=?)']],
  'which group’s role it is': [groups, false, ['user_groups_role (role_id=?)']],
  'which team’s role it is': [teams, false, ['teams_role (role_id=?)']],
  'sessions that end with an administrator’s own': [
    deleteSessionsFrom,
    false,
    ['sessions_parent (parent_id=?)'],
  ],
};

// Elsewhere there is nothing to ask, so nothing is opened either.
if (testDialect() === 'sqlite')
  describe('plans of SQLite', () => {
    let cluster: TestCluster;
    before(async () => {
      cluster = await openCluster();
    });
    after(() => cluster.close());

    for (const [name, [query, sorts, uses]] of Object.entries(cases))
      test(`${name} reads what fits alone`, async () => {
        const parameters = {
          ...rangesOf([]),
          ...{ after: '', limit: 10, kindFrom: '', kindTo: '~', disabledFrom: 0, disabledTo: 1, groups: [] },
          ...{ mail: 0, me: '', all: 1, now: 1, roles: ['one', 'two'], parentId: '' },
        };
        const plan = await cluster.sql.transaction((tx) => tx.all(explained(query), parameters));
        const text = plan.map(({ detail }) => detail).join('\n');
        for (const use of uses) assert.ok(text.includes(use), text);
        assert.equal(text.includes('TEMP B-TREE'), sorts, text);
        assert.doesNotMatch(text, /SCAN (?!json_each)/);
      });
  });

function explained(query: Pick<Query<never, unknown>, 'compiled'>): Query<SqlParameters, { detail: string }> {
  return {
    compiled(dialect) {
      const compiled = query.compiled(dialect);
      return { ...compiled, sql: `explain query plan ${compiled.sql}` };
    },
  };
}
