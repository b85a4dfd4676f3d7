import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import type { AuditRow, AuditService } from './api.ts';
import { cell } from './export.ts';
import { verifyAuditFile, type FileVerdict } from './verify-file.ts';
import { change, idOf, openTestAudit, requestOf, type TestAudit } from './testing.ts';

const never = new AbortController().signal;
let t: TestAudit;
let audit: AuditService;
beforeEach(async () => {
  t = await openTestAudit();
  audit = (await t.node()).audit;
});
afterEach(() => t.close());

const all = async (): Promise<readonly AuditRow[]> => {
  await audit.settled();
  return (await audit.query({}, 1000)).items;
};

test('a film that is read in a thousand ranges is one event, and each reader has an own one', async () => {
  t.set('audit.reads', 'all');
  for (let i = 0; i < 1000; i++) audit.read(requestOf('ada'), { nodeId: 'film', versionId: 'v1', bytes: 10 });
  audit.read(requestOf('bob'), { nodeId: 'film', versionId: 'v1', bytes: 10 });
  const rows = await all();
  assert.deepEqual(
    rows.map((row) => [row.kind, row.actorLogin, row.nodeId, row.details]),
    [
      ['content.read', 'bob', 'film', { versionId: 'v1', count: 1, bytes: 10 }],
      ['content.read', 'ada', 'film', { versionId: 'v1', count: 1000, bytes: 10_000 }],
    ],
  );
});

test('reads are recorded as the setting says', async () => {
  const visitor = requestOf('link');
  const byLink = { ...visitor, principal: { ...visitor.principal, via: 'link' as const } };
  const read = (): void => {
    audit.read(requestOf('ada'), { nodeId: 'n' });
    audit.read(byLink, { nodeId: 'n' });
  };
  t.set('audit.reads', 'off');
  read();
  assert.equal((await all()).length, 0);
  t.set('audit.reads', 'links');
  read();
  assert.deepEqual(
    (await all()).map((row) => row.via),
    ['link'],
  );
});

test('a scanner can not fill the log: what it is refused first is told at once, the rest of a minute counted', async () => {
  const refuse = (i: number): Promise<void> =>
    audit.denied(requestOf('eve'), { permission: 'node:read', route: 'getNode', nodeId: `n${i}` });
  await refuse(0);
  assert.equal((await audit.status()).pending, 1);
  await Promise.all(Array.from({ length: 499 }, (_, i) => refuse(i + 1)));
  const event = { permission: 'node:read', route: 'getNode' };
  assert.deepEqual(
    (await all()).map((row) => [row.kind, row.nodeId, row.details]),
    [
      ['access.denied', 'n0', { ...event, count: 499 }],
      ['access.denied', 'n0', { ...event, count: 1 }],
    ],
  );
});

test('what is kept is in the database when that is answered, and waits in memory where it can not be', async () => {
  await audit.keep(requestOf('ada'), { kind: 'data.exported' });
  assert.equal((await audit.status()).pending, 1);
  const away = mock.method(t.sql, 'transaction', () => Promise.reject(new Error('away')));
  await assert.rejects(audit.keep(requestOf('ada'), { kind: 'audit.exported' }), { message: 'away' });
  away.mock.restore();
  const kinds = (await all()).map((row) => row.kind);
  assert.deepEqual(kinds, ['audit.exported', 'data.exported']);
});

test('is found by who, what, where, when and text, newest first and page by page', async () => {
  const from = t.now;
  audit.record(requestOf('ada', '192.0.2.1'), { kind: 'auth.login', details: { via: 'password' } });
  audit.record(requestOf('bob', '192.0.2.2'), { kind: 'auth.logout' });
  audit.record(requestOf('bob', '192.0.2.2'), {
    kind: 'link.created',
    nodeId: 'a-node',
    details: { label: '100%_Ärger' },
  });
  await audit.settled();
  t.now += 1000;
  audit.record('system', { kind: 'mail.failed', details: { error: 'no' } });
  await audit.settled();
  const kinds = async (filter: Parameters<AuditService['query']>[0]): Promise<string[]> =>
    (await audit.query(filter, 100)).items.map((row) => row.kind);
  assert.deepEqual(await kinds({ actorId: idOf('bob') }), ['link.created', 'auth.logout']);
  assert.deepEqual(await kinds({ kind: 'auth.*' }), ['auth.logout', 'auth.login']);
  assert.deepEqual(await kinds({ kind: 'auth.login' }), ['auth.login']);
  assert.deepEqual(await kinds({ nodeId: 'a-node', actorId: idOf('bob') }), ['link.created']);
  assert.deepEqual(await kinds({ address: '192.0.2.1' }), ['auth.login']);
  assert.deepEqual(await kinds({ from: from + 1 }), ['mail.failed']);
  assert.deepEqual(await kinds({ to: from + 1, kind: 'auth.*' }), ['auth.logout', 'auth.login']);
  assert.deepEqual(await kinds({ text: 'ÄRGER' }), ['link.created']);
  assert.deepEqual(await kinds({ text: '100%_' }), ['link.created']);
  assert.deepEqual(await kinds({ text: '1_0' }), []);
  const first = await audit.query({}, 3);
  assert.deepEqual(
    first.items.map((row) => row.kind),
    ['mail.failed', 'link.created', 'auth.logout'],
  );
  const second = await audit.query({}, 3, first.next ?? '');
  assert.deepEqual([second.items.map((row) => row.kind), second.next], [['auth.login'], null]);
});

test('exports as CSV that no spreadsheet runs', async () => {
  assert.equal(cell('=HYPERLINK("http://evil")'), `"'=HYPERLINK(""http://evil"")"`);
  assert.equal(cell('+1'), "'+1");
  assert.equal(cell('@x'), "'@x");
  assert.equal(cell('a,b\nc'), '"a,b\nc"');
  assert.equal(cell(-5), '-5');
  audit.record(requestOf('=cmd'), { kind: 'auth.login' });
  await audit.settled();
  let text = '';
  for await (const line of audit.export('csv', { kind: 'auth.*' }, never)) text += line;
  const [head, row, rest] = text.split('\r\n');
  assert.match(head ?? '', /^seq,at,kind,actorId,actorLogin/);
  assert.match(row ?? '', /^1,2026-11-22T10:00:00\.000Z,auth\.login,id-of-=cmd-+,'=cmd,/);
  assert.equal(rest, '');
});

test('keeps what is recorded while the database is away, until it is back', async () => {
  const { journal } = await t.node();
  await t.sql.guard([{ name: 'audit_pending', changes: ['insert'] }]);
  audit.record('system', { kind: 'oidc.keys' });
  await audit.settled();
  await t.sql.unguard([{ name: 'audit_pending', changes: ['insert'] }]);
  await change(t.sql, journal, requestOf('ada'), 'meanwhile');
  assert.deepEqual((await all()).map((row) => row.kind).toSorted(), ['node.created', 'oidc.keys']);
});

test('a copy is proved without a server, against the key that somebody kept', async () => {
  for (let i = 0; i < 5; i++) audit.record(requestOf('ada'), { kind: 'link.created', details: { i } });
  await audit.settled();
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-audit-'));
  const file = path.join(folder, 'audit.jsonl');
  const [key] = (await audit.status()).keys;
  const verify = async (lines: readonly string[], publicKey?: string): Promise<FileVerdict> => {
    await writeFile(file, lines.join(''));
    return verifyAuditFile(file, publicKey);
  };
  try {
    const lines: string[] = [];
    for await (const line of audit.export('jsonl', {}, never)) lines.push(line);
    assert.equal(lines.length, 7);
    const fine = await verify(lines, key?.publicKey);
    assert.deepEqual([fine.ok, fine.rows, fine.signedUpTo, fine.key], [true, 5, 5, 'given']);
    assert.equal((await verify(lines)).key, 'file');
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    assert.equal((await verify(lines, other)).ok, false);
    assert.match((await verify(lines.slice(0, 4))).fault?.what ?? '', /end of the file is not signed/);
    assert.equal((await verify(lines.toSpliced(3, 1))).ok, false);
    assert.equal((await verify(lines.map((line) => line.replace('"i":2', '"i":7')))).ok, false);
    await assert.rejects(verify(['{"hello":1}\n']), (e) => isAppError(e, 'invalid_input'));
    const some: string[] = [];
    for await (const line of audit.export('jsonl', { kind: 'link.*' }, never)) some.push(line);
    const part = await verify(some, key?.publicKey);
    assert.deepEqual([part.ok, part.rows, part.signedUpTo], [true, 5, null]);
    assert.equal((await verify(some.map((line) => line.replace('"i":2', '"i":7')))).ok, false);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('no event is so odd that the chain stops at it', async () => {
  const odd = `x${String.fromCodePoint(0, 0xd800, 0x1f600)}`.repeat(100);
  const source = { address: odd, userAgent: odd, requestId: odd };
  const facts = { [odd]: odd };
  audit.record(source, {
    kind: 'auth.failed',
    actorId: odd,
    actorLogin: odd,
    nodeId: odd,
    workspaceId: odd,
    subjectId: odd,
    before: facts,
    after: facts,
    details: facts,
  });
  audit.record('system', { kind: 'oidc.keys' });
  assert.deepEqual(
    (await all()).map((row) => row.kind),
    ['oidc.keys', 'auth.failed'],
  );
  assert.deepEqual((await audit.verify(never)).fault, null);
});

test('while the server is being moved events wait, and are chained where it goes', async () => {
  const guarded = ['audit_events', 'audit_checkpoints', 'audit_chain'].map((name) => ({
    name,
    changes: ['insert', 'update', 'delete'] as const,
  }));
  audit.record('system', { kind: 'oidc.keys' });
  await audit.settled();
  await t.sql.guard(guarded);
  audit.record('system', { kind: 'link.created' });
  await assert.rejects(audit.settled(), (e) => isAppError(e, 'read_only'));
  assert.equal((await audit.status()).pending, 1);
  await t.sql.unguard(guarded);
  assert.deepEqual(
    (await all()).map((row) => row.kind),
    ['link.created', 'oidc.keys'],
  );
});
