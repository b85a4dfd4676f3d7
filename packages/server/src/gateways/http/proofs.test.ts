/** Which settings and secrets a browser that was left open can't change. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { PolicyRecord } from '../../services/access/api.ts';
import type { IdentityService, SignInService } from '../../services/identity/api.ts';
import { startSettings } from '../../services/settings/service.ts';
import type { Located } from '../../services/tree/api.ts';
import { configMemoryDriver } from '../../stores/config/memory/driver.ts';
import {
  anyId,
  fakeIdentity,
  fakeServices,
  json,
  lacking,
  send,
  startTestServer,
  type TestServer,
  userId,
} from './testing.ts';

let server: TestServer;
let stop: () => Promise<void>;
/** The secrets that were handed on. */
const kept: string[] = [];
let proven = false;
let away = false;
const keep = async (): Promise<void> => {
  if (away) throw new AppError('unavailable', 'the database is away');
};
const done =
  <T>(what: string, answer: T) =>
  async (): Promise<T> => {
    kept.push(what);
    return answer;
  };
const policy = { bindings: [], deny: 0 } as unknown as PolicyRecord;
before(async () => {
  const options = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
  const config = await configMemoryDriver.open(parseStoreUrl('memory:proofs'), options);
  const settings = await startSettings({ config, clock: systemClock, log: silentLogger });
  stop = settings.stop;
  const services = fakeServices({
    settings: settings.api,
    mail: {
      setSecrets: async () => void kept.push('mail'),
      secrets: async () => ({ password: true, clientSecret: false, refreshToken: false, elsewhere: false }),
    },
    access: {
      savePolicy: done('policy changed', policy),
      removePolicy: done('policy removed', undefined),
      bindPolicy: done('policy unbound', undefined),
      changeRule: done('rule', undefined),
    },
    tree: {
      locate: async (_context, id) => ({ chain: id === anyId ? [id] : [anyId, id] }) as unknown as Located,
      locateMany: async () => [{} as Located],
    },
    audit: { keep, export: noLines, setWebhookSecret: async () => void kept.push('audit') },
  });
  const signIn = lacking<SignInService>('signIn', {
    limitOf: async () => null,
    requireProof: async () => {
      if (!proven) throw new AppError('step_up_required', 'confirm that it is you');
    },
  });
  const transfer = lacking<IdentityService['transfer']>('transfer', { export: noLines });
  server = await startTestServer({ ...services, identity: fakeIdentity({ signIn, transfer }) });
});
after(async () => {
  await stop();
  await server.close();
});

async function* noLines(): AsyncGenerator<string> {}

const ask = (method: string, path: string, body?: object) => askAt(method, `admin/${path}`, body);
const askAt = (method: string, path: string, body?: object) =>
  send(
    server.port,
    {
      method,
      path: `/api/v1/${path}`,
      headers: {
        ...(body === undefined ? {} : json),
        cookie: 'volvox_session=admin-session',
        'x-csrf-token': 'csrf-of-admin-session',
      },
    },
    body === undefined ? undefined : JSON.stringify(body),
  );

const dangerous: readonly (readonly [string, unknown])[] = [
  ['login.proofMinutes', 1440],
  ['mail.host', 'mail.evil.example'],
  ['mail.replyTo', 'eve@evil.example'],
  ['mail.oauthTokenUrl', 'https://evil.example/token'],
  ['connectors.allowPrivate', true],
  ['people.showEmail', true],
  ['audit.webhook', 'https://evil.example/'],
  ['links.passwordRequired', false],
  ['guests.enabled', true],
  ['logs.keepDays', 1],
  ['activity.keepDays', 1],
];
for (const [key, value] of dangerous)
  test(`${key} is neither set nor reset without a proof`, async () => {
    proven = false;
    for (const answer of [
      await ask('PUT', `settings/${key}`, { value }),
      await ask('DELETE', `settings/${key}`),
    ])
      assert.deepEqual([answer.status, answer.json()['code']], [403, 'step_up_required']);
    proven = true;
    const answer = await ask('PUT', `settings/${key}`, { value });
    assert.deepEqual([answer.status, answer.json()['value']], [200, value]);
  });

test('what does no harm needs none', async () => {
  proven = false;
  for (const [key, value] of [
    ['trash.keepDays', 7],
    ['mail.language', 'de'],
    ['personal.folders', ['Documents']],
  ] as const)
    assert.equal((await ask('PUT', `settings/${key}`, { value })).status, 200, key);
  assert.equal((await ask('PUT', 'settings/no.such', { value: 1 })).status, 404);
});

test('the secrets of mail and of the audit webhook are kept with a proof only', async () => {
  const ways = [
    ['mail/secret', { password: 'x' }],
    ['audit/webhook-secret', { secret: 'x'.repeat(32) }],
  ] as const;
  proven = false;
  for (const [path, body] of ways)
    assert.equal((await ask('PUT', path, body)).json()['code'], 'step_up_required', path);
  assert.deepEqual(kept, []);
  proven = true;
  for (const [path, body] of ways) assert.ok((await ask('PUT', path, body)).status < 300, path);
  assert.deepEqual(kept, ['mail', 'audit']);
});

test('what opens much at once, or takes much away with it, asks for a proof', async () => {
  const rule = { allow: [], deny: [] };
  const said = { name: 'x', description: '', deny: ['read'], mode: 'when', conditions: { clients: ['web'] } };
  const ways = [
    ['PUT', `nodes/${anyId}/rules/${userId}`, rule, 'rule'],
    ['PUT', `admin/policies/${anyId}`, said, 'policy changed'],
    ['DELETE', `admin/policies/${anyId}`, undefined, 'policy removed'],
    ['DELETE', `admin/policies/${anyId}/bindings/${anyId}/${anyId}`, undefined, 'policy unbound'],
    ['GET', 'users/export', undefined, null],
    ['GET', 'me/export', undefined, null],
    ['GET', `users/${anyId}/export`, undefined, null],
    ['GET', 'admin/audit/export', undefined, null],
  ] as const;
  for (const [method, path, body, what] of ways) {
    kept.length = 0;
    proven = false;
    const refused = await askAt(method, path, body);
    assert.deepEqual([refused.status, refused.json()['code']], [403, 'step_up_required'], path);
    assert.deepEqual(kept, [], path);
    proven = true;
    assert.notEqual((await askAt(method, path, body)).status, 403, path);
    assert.deepEqual(kept, what === null ? [] : [what], path);
  }
  proven = false;
  assert.equal((await askAt('PUT', `nodes/${userId}/rules/${userId}`, rule)).status, 204, 'below the root');
});

test('none of them is answered as done before the audit log has it', async () => {
  proven = true;
  away = true;
  const answers = [
    await ask('PUT', 'settings/trash.keepDays', { value: 8 }),
    await ask('DELETE', 'settings/trash.keepDays'),
    await ask('PUT', 'mail/secret', { password: 'x' }),
    await ask('PUT', 'audit/webhook-secret', { secret: 'x'.repeat(32) }),
  ];
  away = false;
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [503, 503, 503, 503],
  );
});
