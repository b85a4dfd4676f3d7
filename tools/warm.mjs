/**
 * Runs the built server once through what servers do all day, so that the compiled code of it lies in `.cache/compiled` from the first start
 * on: without it the first rename of a day compiles what a rename needs. Only code, nothing of the data. A failure costs speed, nothing else.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './node.mjs';
import { startTestServer } from './test/server.mjs';

rmSync(path.join(root, '.cache', 'compiled'), { recursive: true, force: true });
const server = await startTestServer({ env: { VOLVOX_DURABILITY: 'relaxed' } });
try {
  await webDav(`${server.url}/dav/common/`);
  await rest(`${server.url}/api/v1`);
} finally {
  await server.stop();
}

async function ask(method, url, headers = {}, body = undefined) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${server.token}`, ...headers },
    body,
  });
  const text = await response.text();
  if (!response.ok && response.status !== 304)
    throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 200)}`);
  return text;
}

async function webDav(base) {
  await ask('MKCOL', `${base}warm`);
  for (let i = 0; i < 20; i++) {
    await ask('PUT', `${base}warm/${i}.txt`, {}, 'x'.repeat(4096));
    await ask('GET', `${base}warm/${i}.txt`);
    await ask('PROPFIND', `${base}warm/${i}.txt`, { depth: '0' });
  }
  await ask('PROPFIND', `${base}warm`, { depth: '1' });
  for (let i = 0; i < 4; i++)
    await ask('MOVE', `${base}warm${i === 0 ? '' : i}`, { destination: `${base}warm${i + 1}` });
  await ask('COPY', `${base}warm4`, { destination: `${base}copy` });
  await ask('PUT', `${base}copy/big`, {}, new Uint8Array(3_000_000));
  await ask('GET', `${base}copy/big`, { range: 'bytes=0-1999999' });
  await ask('DELETE', `${base}copy/1.txt`);
  await ask('DELETE', `${base}copy`);
}

async function rest(base) {
  const { items } = JSON.parse(await ask('GET', `${base}/workspaces`));
  const root = items.find((workspace) => workspace.kind === 'common').rootId;
  for (const sort of ['name', 'size', 'modified'])
    await ask('GET', `${base}/nodes/${root}/children?limit=100&sort=${sort}`);
  await ask('GET', `${base}/search?text=warm`);
  await ask('GET', `${base}/admin/status`);
}
