/** What was answered is in the audit log, also if the node is killed the very moment after. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from '@volvox/client';
import { makeDataFolder } from '../harness/data-folder.ts';
import { admin, startServer, type ServerProcess } from '../harness/server-process.ts';

/** A browser, or a visitor of a link below `base`: keeps its cookie. */
function browser(base: string): Client {
  let cookie = '';
  return createClient({
    baseUrl: base,
    async fetch(input, init) {
      const headers = new Headers(init?.headers);
      if (cookie !== '') headers.set('cookie', cookie);
      const answer = await fetch(input, { ...init, headers });
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
      return answer;
    },
  });
}

async function logIn({ url }: ServerProcess, { login, password }: typeof admin): Promise<Client> {
  const client = browser(url);
  await client.call('login', { body: { login, password, remember: false } });
  return client;
}

const refused = (asked: Promise<unknown>): Promise<void> => assert.rejects(asked);

type Calls = Readonly<Record<string, () => Promise<unknown>>>;

/** Calls that are ready to be made, each with the kinds of events that it leaves. */
async function prepare(server: ServerProcess): Promise<Calls> {
  const { client, url } = server;
  const vera = { login: 'vera', password: 'correct horse 2' };
  await client.call('createUser', { body: vera });
  const [own, going, other] = [
    await logIn(server, admin),
    await logIn(server, admin),
    await logIn(server, vera),
  ];
  const sessions = (await (await logIn(server, vera)).call('listSessions')).items;
  const third = sessions.find((session) => !session.current);
  const { token } = await own.call('createToken', { body: { kind: 'access_token', label: 'gone' } });
  const { items } = await client.call('listWorkspaces');
  const rootId = items.find((workspace) => workspace.slug === 'common')?.rootId ?? '';
  const name = 'a.txt';
  const file = await client.call('uploadFile', { params: { id: rootId, name }, body: 'words' });
  const link = await client.call('createLink', { body: { roots: [file.id] } });
  const guest = browser(`${url}/s/${link.token}`);
  const open = await guest.call('openLink');
  assert.deepEqual(open.needs, []);
  return {
    'setting.changed': () =>
      client.call('setSetting', { params: { key: 'trash.keepDays' }, body: { value: 7 } }),
    'token.revoked': () => own.call('revokeToken', { params: { id: token.id } }),
    'token.created': () => own.call('createToken', { body: { kind: 'access_token', label: 'new' } }),
    'auth.logout': () => going.call('logout'),
    'session.revoked': () => other.call('revokeSession', { params: { id: third?.id ?? '' } }),
    'access.denied': () => refused(other.call('listAudit', {})),
    'audit.exported': () => server.request('GET', '/api/v1/admin/audit/export').then((a) => a.text()),
    'directory.exported': () => server.request('GET', '/api/v1/users/export').then((a) => a.text()),
    'data.exported': () => server.request('GET', '/api/v1/me/export').then((a) => a.text()),
    'link.downloaded': () =>
      guest.call('downloadContent', { params: { id: file.id }, query: { download: true } }),
  };
}

/** Those that take long, as passwords are hashed: apart, or others would be written down meanwhile. */
async function prepareGuesses({ client, url }: ServerProcess): Promise<Calls> {
  const { items } = await client.call('listWorkspaces');
  const rootId = items.find((workspace) => workspace.slug === 'common')?.rootId ?? '';
  const { token } = await client.call('createLink', { body: { roots: [rootId], password: 'pw' } });
  const visitor = browser(`${url}/s/${token}`);
  const wrong = { login: 'vera', password: 'wrong', remember: false };
  return {
    'auth.failed': () => refused(browser(url).call('login', { body: wrong })),
    'link.denied': () => refused(visitor.call('visitLink', { body: { password: 'no' } })),
  };
}

for (const [what, ready] of Object.entries({ 'what was done': prepare, guesses: prepareGuesses }))
  test(`a kill right after the answers loses no event of ${what}`, { timeout: 240_000 }, async (t) => {
    const data = await makeDataFolder();
    const first = await startServer(data);
    t.after(async () => {
      await first.kill('SIGKILL');
      await data.remove();
    });
    const calls = await ready(first);
    const answers = await Promise.allSettled(Object.values(calls).map((call) => call()));
    await first.kill('SIGKILL');
    const faults = answers.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    assert.deepEqual(faults, []);
    const second = await startServer(data);
    t.after(() => second.kill('SIGKILL'));
    // The node that starts chains what the killed one left.
    while ((await second.client.call('auditStatus')).pending > 0) await sleep(50);
    const missing: string[] = [];
    for (const kind of Object.keys(calls)) {
      const { items } = await second.client.call('listAudit', { query: { kind } });
      if (items.length === 0) missing.push(kind);
    }
    assert.deepEqual(missing, []);
  });
