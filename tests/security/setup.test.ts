/** Set-up: once, by whoever holds the printed key, which lies nowhere in the open and is worth nothing afterwards. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '@volvox/client';
import { until } from '../../packages/server/src/testing/expectations.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { compileCache } from '../harness/server-process.ts';
import { startPlace } from './support.ts';

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const program = `import(${JSON.stringify(main)}).then((m) => m.main(['node', 'volvox', 'start']))`;
const data = await makeDataFolder();
const { PATH = '', HOME = '/' } = process.env;
const child = spawn(process.execPath, ['--conditions=source', '--no-warnings', '-e', program], {
  env: {
    PATH,
    HOME,
    NODE_COMPILE_CACHE: compileCache,
    VOLVOX_DATA: data.folder,
    VOLVOX_LISTEN: '127.0.0.1:0',
    VOLVOX_LOG_LEVEL: 'debug',
  },
  stdio: ['ignore', 'pipe', 'pipe'],
});
let output = '';
child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
after(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  await data.remove();
});
const link = new URL(await printedLink());
const key = link.searchParams.get('key') ?? '';

async function printedLink(): Promise<string> {
  const limit = AbortSignal.timeout(60_000);
  for (;;) {
    const found = /(http:\S+\/setup\?key=\S+)/.exec(output)?.[1];
    if (found !== undefined) return found;
    await once(child.stdout, 'data', { signal: limit });
  }
}

const setUp = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${link.origin}/api/v1/setup`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const boss = { login: 'boss', password: 'canary-boss-55' };

async function hits(text: string): Promise<string[]> {
  const entries = await readdir(data.folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && (await readFile(file)).includes(text)) found.push(entry.name);
  }
  return found;
}

test('the key is long, and printed once', () => {
  assert.match(key, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(output.split(key).length, 2);
});

test('nothing but the key sets up, and nothing else answers before', async () => {
  for (const wrong of [
    '',
    'guess',
    key.slice(1),
    `${key} `,
    key.toUpperCase(),
    key.slice(0, -1),
    `${key}\u0000`,
  ])
    assert.equal((await setUp({ key: wrong, ...boss })).status, 401, JSON.stringify(wrong));
  for (const wrong of [null, undefined, 1, true, [key], { key }])
    assert.equal((await setUp({ key: wrong, ...boss })).status, 400, String(wrong));
  for (const extra of [{ admin: false }, { groupId: null }, { id: 'x' }])
    assert.equal((await setUp({ key, ...boss, ...extra })).status, 400);
  const foreign: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example' },
  ];
  for (const headers of foreign) assert.equal((await setUp({ key, ...boss }, headers)).status, 403);
  for (const target of [
    '/api/v1/workspaces',
    '/api/v1/users',
    '/api/v1/admin/status',
    '/dav/',
    '/api/v1/uploads',
  ])
    assert.equal(
      (await fetch(link.origin + target, { headers: { authorization: 'Basic Ym9zczp4' } })).status,
      503,
      target,
    );
});

test('the key lies nowhere in the open', async () => {
  assert.deepEqual(await hits(key), []);
});

let winner = '';
test('of many at once exactly one sets up', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => setUp({ key, ...boss, login: `boss${n}` })),
  );
  const told = answers.map((answer) => answer.status).sort();
  winner = `boss${answers.findIndex((answer) => answer.status === 201)}`;
  assert.deepEqual(told, [201, 409, 409, 409, 409, 409, 409, 409]);
});

test('afterwards the key is worth nothing, and neither key nor password was written down', async () => {
  assert.equal((await setUp({ key, ...boss, login: 'late' })).status, 409);
  assert.equal((await setUp({ key: 'guess', ...boss, login: 'late' })).status, 409);
  assert.deepEqual([await hits(key), await hits(boss.password)], [[], []]);
  assert.equal(output.split(key).length, 2);
  assert.ok(!output.includes(boss.password));
});

test('records name the set-up, and where it came from: nobody was signed in', async () => {
  const auth = { kind: 'basic', login: winner, secret: boss.password } as const;
  const byWizard = await firstMade(createClient({ baseUrl: link.origin, auth }));
  assert.deepEqual(
    [byWizard.actorId, byWizard.actorLogin, byWizard.via, byWizard.after?.['login']],
    [null, 'setup', 'system', winner],
  );
  assert.match(byWizard.address ?? '', /^(?:::ffff:)?127\.0\.0\.1$/);
  const unattended = await firstMade((await startPlace()).admin);
  assert.deepEqual(
    [unattended.actorId, unattended.actorLogin, unattended.via, unattended.address, unattended.client],
    [null, 'setup', 'system', null, null],
  );
});

/** What is recorded of the first user. */
function firstMade(client: Client) {
  return until(async () => {
    const { items } = await client.call('listAudit', { query: { kind: 'user.created' } });
    return items.at(-1);
  });
}
