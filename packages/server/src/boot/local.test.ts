import assert from 'node:assert/strict';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { controlSocketOf } from './gateways.ts';
import { openLocal } from './local.ts';
import { readBootstrap } from './read-bootstrap.ts';

const notSuperuser = process.getuid?.() !== 0 && 'only the superuser gives files away';

test('nothing is said to a socket that another user has put there', { skip: notSuperuser }, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-'));
  const bootstrap = readBootstrap({ VOLVOX_DATA: folder }, {}, 'node');
  const socket = controlSocketOf(bootstrap);
  const server = createServer((_request, response) => response.end('heard')).listen(socket);
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  const ask = async () => (await (await openLocal(bootstrap)).fetch('http://localhost/')).text();
  assert.equal(await ask(), 'heard');
  await chown(socket, 4711, 4711);
  await assert.rejects(openLocal(bootstrap), { code: 'forbidden' });
  await chown(folder, 4711, 4711);
  assert.equal(await ask(), 'heard', 'the superuser acts for the owner of the folder');
});
