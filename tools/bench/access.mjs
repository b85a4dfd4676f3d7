/**
 * `npm run bench -- access`: what rules cost: one node of a warm user, and a page of a thousand children with mixed rules against one without.
 * In processor time of the thread that serves, which other processes take little from; the one who asks is in another thread.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from '../node.mjs';
import { login, password } from './peers.mjs';

const server = path.join(root, 'packages', 'server', 'dist');
const depth = 12;
const members = 1000;
const rounds = 13;
const unmeasured = 3;
/** In one measurement: a system may count processor time in steps of milliseconds. */
const calls = 50_000;
const lists = 20;
const person = { login: 'jo', password: 'bench of access 1' };

export async function access() {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache', 'access-'));
  const { readBootstrap, startNode } = await import(path.join(server, 'boot/index.js'));
  const { READ, WRITE, SHARE, MANAGE } = await import(path.join(server, 'services/access/api.js'));
  const variables = {
    ...{ VOLVOX_DATA: folder, VOLVOX_LISTEN: '127.0.0.1:0', VOLVOX_LOG_LEVEL: 'error' },
    ...{ VOLVOX_ADMIN_LOGIN: login, VOLVOX_ADMIN_PASSWORD: password },
  };
  const node = await startNode(readBootstrap(variables, {}, 'bench'));
  try {
    const bits = { READ, WRITE, SHARE, MANAGE };
    const made = await prepare(node.services, bits);
    await decisions(node.services, made);
    await listings(node.url, made);
    return 0;
  } finally {
    await node.stop(1000);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function contextOf({ identity }, as) {
  const client = { address: '127.0.0.1', userAgent: 'bench' };
  const credentials = { kind: 'basic', login: as.login, secret: as.password };
  const principal = await identity.authenticate(credentials, client);
  return { principal, requestId: 'bench', signal: new AbortController().signal, lockTokens: [] };
}

/** Twelve folders in one another with rules at half of them, and two of a thousand members, in one of which every other has a rule. */
async function prepare(services, { READ, WRITE, SHARE, MANAGE }) {
  const { access, identity, tree, workspaces } = services;
  const admin = await contextOf(services, { login, password });
  await identity.createUser(admin, person);
  const roleId = (await contextOf(services, person)).principal.roles.at(-1);
  const { rootId } = await workspaces.bySlug(admin, 'common');
  const make = async (parentId, name) => (await tree.createFolder(admin, parentId, name)).node.id;
  const chain = [rootId];
  for (let i = 0; i < depth; i += 1) {
    chain.push(await make(chain.at(-1), `level ${i}`));
    if (i % 2 === 0) await access.changeRule(admin, chain, { roleId, allow: READ | WRITE, deny: 0 });
  }
  const [plain, mixed] = [await make(rootId, 'plain'), await make(rootId, 'mixed')];
  for (let i = 0; i < members; i += 1) {
    await make(plain, `${i}`);
    const id = await make(mixed, `${i}`);
    if (i % 2 === 1) continue;
    const allow = i % 4 === 0 ? READ : READ | WRITE | SHARE;
    await access.changeRule(admin, [rootId, mixed, id], { roleId, allow, deny: i % 6 === 0 ? MANAGE : 0 });
  }
  return { chain, plain, mixed };
}

async function decisions(services, { chain }) {
  const { principal } = await contextOf(services, person);
  const cost = await medianOf(async () => {
    for (let i = 0; i < calls; i += 1) await services.access.decide(principal, chain);
  });
  console.log(
    `one node, ${chain.length} levels deep: ${((cost * 1000) / calls).toFixed(2)} µs (wanted: < 50)`,
  );
}

async function listings(url, { plain, mixed }) {
  const asker = startAsker(url);
  const list = async (id) => {
    for (let i = 0; i < lists; i += 1) await one(id);
  };
  const one = async (id) => {
    const status = await asker.get(`/api/v1/nodes/${id}/children?limit=${members}`);
    if (status !== 200) throw new Error(`listing answers ${status}`);
  };
  const costs = { plain: [], mixed: [] };
  for (let i = 0; i < rounds; i += 1)
    for (const [name, id] of Object.entries({ plain, mixed }))
      costs[name].push((await worked(() => list(id))) / lists);
  const [without, withRules] = [median(costs.plain), median(costs.mixed)];
  console.log(`${members} children without rules: ${without.toFixed(1)} ms`);
  console.log(
    `with ${members / 2} rules: ${withRules.toFixed(1)} ms, ${(withRules / without).toFixed(2)} times that (wanted: at most 1.5)`,
  );
  await asker.end();
}

/** One request at a time on a kept connection. */
function startAsker(url) {
  const authorization = `Basic ${Buffer.from(`${person.login}:${person.password}`).toString('base64')}`;
  const source = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', async (path) => {
      const answer = await fetch(${JSON.stringify(url)} + path, { headers: { authorization: ${JSON.stringify(authorization)} } });
      await answer.arrayBuffer();
      parentPort.postMessage(answer.status);
    });`;
  const worker = new Worker(source, { eval: true });
  return {
    get: (target) =>
      new Promise((resolve, reject) => {
        worker.once('error', reject);
        worker.once('message', (status) => {
          worker.off('error', reject);
          resolve(status);
        });
        worker.postMessage(target);
      }),
    end: () => worker.terminate(),
  };
}

/** Milliseconds of this thread. */
async function worked(work) {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

async function medianOf(work) {
  const all = [];
  for (let i = 0; i < rounds; i += 1) all.push(await worked(work));
  return median(all);
}

function median(all) {
  const sorted = all.slice(unmeasured).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
