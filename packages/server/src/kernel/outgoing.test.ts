import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { isAppError } from './errors.ts';
import { isInside, outgoing } from './outgoing.ts';

const server = createServer((request, response) => {
  if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  else if (request.url === '/large') response.end(Buffer.alloc(2 ** 21));
  else request.pipe(response);
});
let port = 0;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => server.close());

const guarded = { allowPrivate: false };
const open = { allowPrivate: true };

test('addresses of private networks and of this machine are known in every spelling', () => {
  for (const address of [
    ...['127.0.0.1', '127.9.9.9', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1', 'fc00::1', '::ffff:127.0.0.1'],
    ...['::ffff:a00:1', '64:ff9b::7f00:1', '2002:7f00:1::', '::127.0.0.1', '::a00:1'],
  ])
    assert.equal(isInside(address), true, address);
  for (const address of ['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111'])
    assert.equal(isInside(address), false, address);
});

test('nothing inside is asked, by number or by name', async () => {
  for (const address of [
    ...[`https://127.0.0.1:${port}/`, `https://localhost:${port}/`, `https://[::1]:${port}/`],
    ...[
      `https://2130706433:${port}/`,
      `https://0x7f.1:${port}/`,
      `http://127.0.0.1:${port}/`,
      'file:///etc/passwd',
    ],
  ])
    await assert.rejects(outgoing(address, {}, guarded), (error) => isAppError(error, 'forbidden'), address);
});

test('where that is allowed the answer comes, redirects are not followed, and too much is refused', async () => {
  const answer = await outgoing(`http://localhost:${port}/`, { method: 'POST', body: 'hello' }, open);
  assert.equal(await answer.text(), 'hello');
  assert.equal((await outgoing(`http://127.0.0.1:${port}/away`, {}, open)).status, 302);
  await assert.rejects(outgoing(`http://127.0.0.1:${port}/large`, {}, open), (error) =>
    isAppError(error, 'too_large'),
  );
});
