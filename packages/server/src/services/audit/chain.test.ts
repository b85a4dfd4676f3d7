import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { sql as raw } from 'kysely';
import { queriesOf } from '../../stores/sql/query.ts';
import type { AuditRow, AuditService } from './api.ts';
import { change, idOf, openTestAudit, requestOf, type TestAudit } from './testing.ts';

const never = new AbortController().signal;
let t: TestAudit;
beforeEach(async () => {
  t = await openTestAudit();
});
afterEach(() => t.close());

const rowsOf = async (audit: AuditService): Promise<readonly AuditRow[]> =>
  (await audit.query({}, 1000)).items.toReversed();

/** Tampers with the database by a statement of one's own. */
const define = queriesOf<Record<string, never>>();
const tamper = (statement: string): Promise<number> =>
  t.sql.transaction((tx) =>
    tx.run(
      define((db) => ({ compile: () => raw.raw(statement).compile(db) })),
      {},
    ),
  );

test('has changes and security events, who did them, from where and in whose name', async () => {
  const { audit, journal } = await t.node();
  const ada = requestOf('ada');
  await change(t.sql, journal, ada, 'report');
  audit.record(
    { address: '198.51.100.1', userAgent: 'curl' },
    { kind: 'auth.failed', details: { reason: 'password' } },
  );
  await t.sql.transaction((tx) =>
    audit.append(tx, ada, { kind: 'token.created', subjectId: 'a-token', details: { label: 'laptop' } }),
  );
  await audit.settled();
  const rows = await rowsOf(audit);
  assert.deepEqual(
    rows.map((row) => row.seq),
    [1, 2, 3],
  );
  const of = (kind: string): AuditRow | undefined => rows.find((row) => row.kind === kind);
  const created = of('node.created');
  assert.deepEqual(
    [created?.actorId, created?.actorLogin, created?.address, created?.client, created?.via, created?.after],
    [idOf('ada'), 'ada', '192.0.2.7', 'Test/1', 'session', { name: 'report' }],
  );
  assert.deepEqual([of('auth.failed')?.actorId, of('auth.failed')?.address], [null, '198.51.100.1']);
  assert.deepEqual(
    [of('token.created')?.subjectId, of('token.created')?.requestId],
    ['a-token', 'request-of-ada'],
  );
  assert.deepEqual(await audit.verify(never), {
    ok: true,
    rows: 3,
    first: 1,
    last: 3,
    checkpoints: 0,
    signedUpTo: null,
    fault: null,
  });
});

test('an event of a change that is rolled back is not there', async () => {
  const { audit } = await t.node();
  const undone = t.sql.transaction(async (tx) => {
    await audit.append(tx, 'system', { kind: 'link.created' });
    throw new Error('no');
  });
  await assert.rejects(undone, /no/);
  await audit.settled();
  assert.deepEqual(await rowsOf(audit), []);
});

test('nodes that record at once make one chain, in which everything is exactly once', async () => {
  const nodes = [await t.node(), await t.node(), await t.node()];
  await Promise.all(
    nodes.flatMap(({ audit, journal }, n) =>
      Array.from({ length: 40 }, async (_unused, i) => {
        audit.record('system', { kind: 'link.visited', details: { n, i } });
        await change(t.sql, journal, requestOf(`user-${n}`), `file-${n}-${i}`);
      }),
    ),
  );
  for (const { audit } of nodes) await audit.settled();
  const [first] = nodes;
  assert.ok(first);
  const rows = await rowsOf(first.audit);
  assert.equal(rows.length, 240);
  assert.equal(new Set(rows.map(({ id }) => id)).size, 240);
  assert.equal((await first.audit.verify(never)).ok, true);
});

test('a follower that is handed rows twice adds them once', async () => {
  const { audit, journal } = await t.node();
  for (let i = 0; i < 5; i++) await change(t.sql, journal, requestOf('ada'), `file-${i}`);
  await audit.settled();
  await journal.rebuild('audit');
  await audit.settled();
  assert.equal((await rowsOf(audit)).length, 5);
});

/** Ten rows, signed after the fifth and the tenth. */
async function signedLog(): Promise<AuditService> {
  const { audit } = await t.node();
  for (let i = 1; i <= 10; i++) {
    audit.record(requestOf('ada'), { kind: 'setting.changed', details: { i } });
    await audit.settled();
    if (i % 5 === 0) await audit.checkpoint();
  }
  const verdict = await audit.verify(never);
  assert.deepEqual([verdict.ok, verdict.checkpoints, verdict.signedUpTo], [true, 2, 10]);
  return audit;
}

const attacks: Readonly<Record<string, readonly string[]>> = {
  'a changed fact': [`update audit_events set details = '{"i":99}' where seq = 4`],
  'a changed time': ['update audit_events set at = at + 1 where seq = 4'],
  'another actor': [`update audit_events set actor_id = 'eve' where seq = 4`],
  'a row taken out': ['delete from audit_events where seq = 4'],
  'a row taken out, and the gap closed': [
    'delete from audit_events where seq = 4',
    'update audit_events set seq = seq - 1 where seq = 5',
  ],
  'two rows that change places': [
    'update audit_events set seq = 1000 where seq = 4',
    'update audit_events set seq = 4 where seq = 5',
    'update audit_events set seq = 5 where seq = 1000',
  ],
  'the oldest rows taken out': ['delete from audit_events where seq <= 3'],
  'the oldest rows taken out up to a checkpoint': ['delete from audit_events where seq <= 5'],
  'the newest row taken out': ['delete from audit_events where seq = 10'],
  'the newest rows taken out, the head and the checkpoint moved': [
    'delete from audit_events where seq > 5',
    'delete from audit_checkpoints where seq > 5',
    `update audit_chain set seq = 5, signed_seq = 5, hash = (select hash from audit_events where seq = 5)`,
  ],
  'a checkpoint that says another hash': [
    `update audit_checkpoints set hash = '${'a'.repeat(64)}' where seq = 5`,
  ],
  'a checkpoint with another time': ['update audit_checkpoints set at = at + 1 where seq = 5'],
  'a checkpoint by another key': [`update audit_checkpoints set key_id = '0123456789abcdef' where seq = 5`],
};

for (const [what, statements] of Object.entries(attacks))
  test(`finds ${what}`, async () => {
    const audit = await signedLog();
    for (const statement of statements) await tamper(statement);
    const verdict = await audit.verify(never);
    assert.equal(verdict.ok, false);
    assert.ok(verdict.fault !== null);
  });

test('finds a chain that was forged as a whole, hashes and all, as it can not be signed', async () => {
  const audit = await signedLog();
  // What a thief of the database could do: another log in its place.
  const other = await openTestAudit();
  const { audit: forged } = await other.node();
  for (let i = 1; i <= 10; i++) forged.record(requestOf('eve'), { kind: 'setting.changed', details: { i } });
  await forged.settled();
  await forged.checkpoint();
  const lines = [];
  for await (const line of forged.export('jsonl', {}, never)) lines.push(line);
  await other.close();
  const rows = lines.slice(1, 11).map((line) => (JSON.parse(line) as { row: AuditRow }).row);
  for (const row of rows)
    await tamper(
      `update audit_events set id = '${row.id}', at = ${row.at}, actor_id = '${row.actorId}', actor_login = '${row.actorLogin}',
        request_id = '${row.requestId}', details = '${JSON.stringify(row.details)}', prev_hash = '${row.prevHash}', hash = '${row.hash}'
        where seq = ${row.seq}`,
    );
  await tamper(`update audit_chain set hash = '${rows.at(-1)?.hash}'`);
  const verdict = await audit.verify(never);
  assert.match(verdict.fault?.what ?? '', /checkpoint after 5 tells of another chain/);
});

test('what is old goes up to a checkpoint, and the rest is still proved', async () => {
  const { audit } = await t.node();
  const day = 24 * 3_600_000;
  t.set('audit.keepDays', 30);
  const record = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) audit.record('system', { kind: 'link.visited', details: { i } });
    await audit.settled();
  };
  await record(6);
  await audit.checkpoint();
  await record(2);
  t.now += 31 * day;
  await record(4);
  assert.equal(await audit.expire(never), 6);
  assert.equal(await audit.expire(never), 0);
  const rows = await rowsOf(audit);
  assert.deepEqual(
    [rows[0]?.seq, rows.at(-1)?.kind, rows.at(-1)?.details],
    [7, 'audit.expired', { upTo: 6, rows: 6 }],
  );
  const verdict = await audit.verify(never);
  assert.deepEqual([verdict.ok, verdict.first, verdict.fault], [true, 7, null]);
  // Who takes more than the log says, and calls it expired, is found.
  await tamper('delete from audit_events where seq <= 8');
  assert.equal((await audit.verify(never)).ok, false);
});

test('an expiry that was interrupted is finished by the next, and the log holds in between', async () => {
  const { audit } = await t.node();
  t.set('audit.keepDays', 30);
  for (let i = 0; i < 1200; i++) audit.record('system', { kind: 'link.visited', details: { i } });
  await audit.settled();
  await audit.checkpoint();
  t.now += 31 * 24 * 3_600_000;
  const stop = new AbortController();
  stop.abort();
  assert.equal(await audit.expire(stop.signal), 0);
  await tamper('delete from audit_events where seq <= 500'); // as the first batch would have
  assert.equal((await audit.verify(never)).ok, true);
  assert.equal(await audit.expire(never), 700);
  assert.deepEqual((await audit.verify(never)).fault, null);
});
