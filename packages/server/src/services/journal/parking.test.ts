/** Rows that a follower cannot handle, whatever it tries: they hold up nobody, and are not forgotten. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { AppError } from '../../kernel/errors.ts';
import { silentLogger, type Logger } from '../../kernel/logger.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { Follower, JournalRow } from './api.ts';
import type { JournalTables } from './tables.ts';
import { append, openCluster, until, type TestCluster } from './testing.ts';

const define = queriesOf<JournalTables>();
const parked = define<Record<string, never>, { follower: string; seq: number; error: string }>((db) =>
  db.selectFrom('parked_rows').select(['follower', 'seq', 'error']).orderBy('seq'),
);
const damage = define<{ seq: number }>((db, p) =>
  db.updateTable('journal').set({ after: 'no JSON' }).where('seq', '=', p.seq),
);
const names = Array.from({ length: 25 }, (_, index) => String(index));

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await openCluster();
});
afterEach(() => cluster.close());

/** Handles a batch wholly or not at all, in transactions of its own, as followers do. */
function picky(refuse: (name: string) => Error | null, options: Partial<Follower> = {}) {
  const [handled, tries]: [string[], string[]] = [[], []];
  return {
    name: 'f',
    batchSize: 10,
    handled,
    tries,
    async handle(rows: readonly JournalRow[]) {
      const given = rows.map((row) => String(row.after?.['name']));
      for (const name of given) {
        const error = refuse(name);
        if (error === null) continue;
        tries.push(name);
        throw error;
      }
      handled.push(...given);
    },
    ...options,
  };
}

test('a row that fails alone and again is parked; all others are handled, in order', async () => {
  const pauses: number[] = [];
  const log: Logger = {
    ...silentLogger,
    warn: (fields) => void pauses.push(Number((fields as { failures?: number }).failures)),
  };
  const { api } = await cluster.node({ backOffMs: 0, log });
  await append(cluster.sql, api, ...names);
  const follower = picky((name) => (name === '3' || name === '17' ? new TypeError(`no ${name}`) : null));
  api.follow(follower);
  await api.settled();
  assert.deepEqual(
    follower.handled,
    names.filter((name) => name !== '3' && name !== '17'),
  );
  assert.deepEqual(
    (await cluster.sql.reader.all(parked, {})).map((row) => ({ ...row })),
    [
      { follower: 'f', seq: 4, error: 'no 3' },
      { follower: 'f', seq: 18, error: 'no 17' },
    ],
  );
  assert.ok(follower.tries.filter((name) => name === '3').length > 10, 'it was tried often before');
  // Each batch began with short pauses once; they stay long while its rows are tried, also after one that went well.
  assert.equal(pauses.filter((failures) => failures === 1).length, 2, pauses.join());
  const [status] = await api.followers();
  assert.deepEqual([status?.parked, status?.lag, status?.error], [2, 0, null]);
});

test('so is one that cannot even be read', async () => {
  const { api } = await cluster.node({ backOffMs: 0 });
  await append(cluster.sql, api, ...names);
  await api.head();
  await cluster.sql.transaction((tx) => tx.run(damage, { seq: 5 }));
  const follower = picky(() => null);
  api.follow(follower);
  await api.settled();
  assert.deepEqual(
    follower.handled,
    names.filter((name) => name !== '4'),
  );
  assert.equal((await api.followers())[0]?.parked, 1);
});

test('a store that is away parks nothing, however long', async () => {
  const { api } = await cluster.node({ backOffMs: 0 });
  await append(cluster.sql, api, ...names);
  let away = true;
  const follower = picky(() => (away ? new AppError('unavailable', 'the index is away') : null));
  api.follow(follower);
  await until(() => follower.tries.length > 40);
  assert.deepEqual(await cluster.sql.reader.all(parked, {}), []);
  away = false;
  await api.settled();
  assert.deepEqual(follower.handled, names);
});

test('ten in a row are no accident of rows: the eleventh waits', async () => {
  const { api } = await cluster.node({ backOffMs: 0 });
  await append(cluster.sql, api, ...names);
  let broken = true;
  const follower = picky(() => (broken ? new AppError('corrupt', 'the index is damaged') : null));
  api.follow(follower);
  await until(() => follower.tries.filter((name) => name === '10').length > 20);
  assert.equal((await api.followers())[0]?.parked, 10);
  broken = false;
  await api.settled();
  assert.deepEqual(follower.handled, names.slice(10));
});

test('who must not skip goes on trying', async () => {
  const { api } = await cluster.node({ backOffMs: 0 });
  await append(cluster.sql, api, ...names);
  let broken = true;
  const follower = picky((name) => (broken && name === '3' ? new TypeError('no') : null), {
    mustNotSkip: true,
  });
  api.follow(follower);
  await until(() => follower.tries.length > 40);
  assert.deepEqual([follower.handled, await cluster.sql.reader.all(parked, {})], [[], []]);
  broken = false;
  await api.settled();
  assert.deepEqual(follower.handled, names);
});

test('a failure that passes in time parks nothing', async () => {
  const { api } = await cluster.node({ backOffMs: 0 });
  await append(cluster.sql, api, ...names);
  let left = 5;
  const follower = picky((name) => (name === '3' && left-- > 0 ? new TypeError('for now') : null));
  api.follow(follower);
  await api.settled();
  assert.deepEqual(follower.handled, names);
  assert.equal((await api.followers())[0]?.parked, 0);
});

test('a rebuild that fails parks nothing', async () => {
  const { api } = await cluster.node({ backOffMs: 0 });
  await append(cluster.sql, api, ...names);
  let [tries, broken] = [0, true];
  const rebuild = async () => {
    tries++;
    if (broken) throw new TypeError('no');
  };
  const follower = picky(() => null, { rebuild });
  api.follow(follower);
  await api.settled();
  await assert.rejects(api.rebuild('f'));
  await append(cluster.sql, api, 'late');
  await until(() => tries > 40);
  assert.deepEqual(await cluster.sql.reader.all(parked, {}), []);
  broken = false;
  await api.settled();
});

test('a rebuild forgets what was parked, and tries all again', async () => {
  const { api } = await cluster.node({ backOffMs: 0 });
  await append(cluster.sql, api, ...names);
  let broken = true;
  const follower = picky((name) => (broken && name === '3' ? new TypeError('no') : null));
  api.follow(follower);
  await api.settled();
  assert.equal((await api.followers())[0]?.parked, 1);
  broken = false;
  await api.rebuild('f');
  await api.settled();
  assert.equal((await api.followers())[0]?.parked, 0);
  assert.ok(follower.handled.includes('3'));
});
