/** How SQLite looks people up: by the words of the kind that is sought, then by the user; else searching grows with how many there are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Query, SqlParameters } from '../../stores/sql/contract.ts';
import { testDialect } from '../../stores/sql/testing.ts';
import { personAt } from './guest-queries.ts';
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
  'who of the house has an address': [personAt, false, ['(login=?)', 'users_mail (<expr>=?)']],
  'sessions that end with an administrator’s own': [
    deleteSessionsFrom,
    false,
    ['sessions_parent (parent_id=?)'],
  ],
};

// Elsewhere that says nothing, so nothing is opened either.
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
          ...{ mail: 0, me: '', all: 1, now: 1, roles: ['one', 'two'], parentId: '', email: '' },
        };
        const plan = await cluster.sql.transaction((tx) => tx.all(explained(query), parameters));
        const text = plan.map(({ detail }) => detail).join('\n');
        for (const use of uses) assert.ok(text.includes(use), text);
        assert.equal(text.includes('TEMP B-TREE'), sorts, text);
        assert.doesNotMatch(text, /SCAN (?!json_each)/);
      });
  });

const dialect = testDialect();
if (dialect !== 'sqlite')
  test('who of the house has an address is looked up, however many there are', async (t) => {
    const cluster = await openCluster();
    t.after(() => cluster.close());
    const id = dialect === 'mysql' ? "lpad(i, 36, '0')" : "lpad(i::text, 36, '0')";
    for (const statement of [
      `insert into users (id, login, display_name, email, password_hash, admin, disabled, group_id, role_id, created_at, folded)
        with recursive n(i) as (select 0 union all select i + 1 from n where i < 5000)
        select ${id}, concat('login', i), '', concat('Anna.', i, '@House.example'), '', 0, 0, ${id}, ${id}, 0, '' from n`,
      dialect === 'mysql' ? 'analyze table users' : 'analyze users',
    ])
      await cluster.sql.transaction((tx) => tx.run(asItIs(statement), {}));
    const { reader } = cluster.sql;
    for (const [email, found] of [
      ['anna.7@house.example', true],
      ['login7', true],
      ['anna.7@house.exampl', false],
    ] as const)
      assert.equal((await reader.get(personAt, { email })) !== undefined, found, email);
    const asked = { email: 'anna.7@house.example' };
    const plan = await cluster.sql.transaction((tx) => tx.all(explained(personAt, 'explain'), asked));
    assert.doesNotMatch(JSON.stringify(plan), /Seq Scan on users|"table":"users","type":"(ALL|index)"/);
  });

function asItIs(text: string): Query<Record<string, never>, unknown> {
  return { compiled: () => ({ sql: text, slots: [] }) };
}

function explained(
  query: Pick<Query<never, unknown>, 'compiled'>,
  how = 'explain query plan',
): Query<SqlParameters, { detail: string }> {
  return {
    compiled(dialect) {
      const compiled = query.compiled(dialect);
      return { ...compiled, sql: `${how} ${compiled.sql}` };
    },
  };
}
