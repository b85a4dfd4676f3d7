/** What is said of a store that cannot be opened: never the password or token that its URL or the environment gave for it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { systemClock } from '../kernel/clock.ts';
import { parseStoreUrl } from '../kernel/store-url.ts';
import type { StoreKind } from './bootstrap.ts';
import { createNodeLog } from './logging.ts';
import { checkStoreUrl, openStore } from './stores.ts';

const canary = 'CANARY-5c1e';
/** Speaks none of the protocols. */
const stranger = createServer((socket) => {
  socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno');
});
let port = 0;
before(async () => {
  stranger.listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  ({ port } = stranger.address() as AddressInfo);
});
after(() => stranger.close());

const byKind: readonly (readonly [StoreKind, string])[] = [
  ['config', `etcd://u:${canary}@HOST/p`],
  ['registry', `etcd://u:${canary}@HOST/p`],
  ['vault', 'vault://HOST/secret/x?tls=false'],
  ['broker', `nats://u:${canary}@HOST`],
  ['broker', `nats://HOST?token=${canary}`],
  ['cache', `redis://u:${canary}@HOST/0`],
  ['cache', `redis://HOST/0?sentinel=m&sentinelPassword=${canary}`],
  ['sql', `postgres://u:${canary}@HOST/d`],
  ['sql', `mysql://u:${canary}@HOST/d`],
  ['documents', `mongodb://u:${canary}@HOST/d`],
  ['blobs', `s3://id:${canary}@bucket/p?endpoint=http://HOST&region=x`],
];

/** The error with all that hangs on it, and what the log makes of it. */
async function told(kind: StoreKind, text: string, login: 'token' | 'approle'): Promise<string> {
  const lines: string[] = [];
  const { log } = createNodeLog(
    { logLevel: 'debug', logFormat: 'json', nodeName: 'n' },
    systemClock,
    (line) => lines.push(line),
  );
  const [token, roleId, secretId] = login === 'token' ? [canary, '', ''] : ['', canary, canary];
  const deps = {
    log,
    clock: systemClock,
    durability: 'full',
    vaultLogin: { token, roleId, secretId },
  } as const;
  try {
    const url = parseStoreUrl(text);
    checkStoreUrl(kind, url);
    await openStore(kind, url, deps);
  } catch (error) {
    log.error({ err: error }, 'failed');
    return `${lines.join('')}\n${inspect(error, { depth: 20, showHidden: true })}`;
  }
  return assert.fail(`${text} was opened`);
}

const ways = {
  'nobody listens': () => '127.0.0.1:1',
  'something else answers': () => `127.0.0.1:${port}`,
};
for (const [what, host] of Object.entries(ways))
  test(`${what}: the secret is in no error, cause or line of the log`, async () => {
    const all = byKind.flatMap(([kind, url]) =>
      (kind === 'vault' ? (['token', 'approle'] as const) : (['token'] as const)).map(
        async (login) => [url, await told(kind, url.replace('HOST', host()), login)] as const,
      ),
    );
    for (const [url, text] of await Promise.all(all)) assert.ok(!text.includes(canary), `${url}:\n${text}`);
  });

test('a wrong parameter or part of the URL: the secret is not in what is said about it', async () => {
  for (const [kind, url] of byKind)
    for (const wrong of [
      `${url}${url.includes('?') ? '&' : '?'}colour=red`,
      `${url}${url.includes('?') ? '&' : '?'}tls=perhaps`,
      url.replace('HOST', 'h:port'),
      url.replace(/^\w+:/, 'oracle:'),
    ])
      assert.ok(!(await told(kind, wrong.replace('HOST', '127.0.0.1:1'), 'token')).includes(canary), wrong);
});
