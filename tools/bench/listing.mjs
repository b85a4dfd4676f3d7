/**
 * `npm run bench -- listing`: what a page of a folder with a million members costs in each sort, and what finding a path costs. Inside the
 * process, and over HTTP on a kept connection. Then what it takes to index them again for search. The rows are written by SQL: a million uploads would take an hour. Option: --members N.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { root } from '../node.mjs';
import { login, password } from './peers.mjs';

const server = path.join(root, 'packages', 'server', 'dist');
const depth = 10;
const pageSize = 1000;

export async function listing(args) {
  const members = Number(args[args.indexOf('--members') + 1 || args.length] ?? 1_000_000);
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache', 'listing-'));
  try {
    const made = await withNode(folder, (node) => prepare(node));
    await fill(path.join(folder, 'volvox.db'), made.childId, members);
    await withNode(folder, (node) => measure(node, made));
    await withNode(folder, (node) => rebuild(node, members));
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withNode(folder, work) {
  const { readBootstrap, startNode } = await import(path.join(server, 'boot/index.js'));
  const node = await startNode(
    readBootstrap(
      {
        VOLVOX_DATA: folder,
        VOLVOX_LISTEN: '127.0.0.1:0',
        VOLVOX_ADMIN_LOGIN: login,
        VOLVOX_ADMIN_PASSWORD: password,
        VOLVOX_LOG_LEVEL: 'error',
      },
      {},
      'bench',
    ),
  );
  try {
    return await work(node);
  } finally {
    await node.stop(1000);
  }
}

async function contextOf({ services }) {
  const client = { address: '127.0.0.1', userAgent: 'bench' };
  const principal = await services.identity.authenticate({ kind: 'basic', login, secret: password }, client);
  return { principal, requestId: 'bench', signal: new AbortController().signal, lockTokens: [] };
}

/** A folder with one file, which the others are made like, and ten folders in one another. */
async function prepare(node) {
  const context = await contextOf(node);
  const { tree, contents, workspaces } = node.services;
  const workspace = await workspaces.bySlug(context, 'common');
  const content = await contents.write(context, Buffer.from('x'));
  const { node: folder } = await tree.createFolder(context, workspace.rootId, 'large');
  const { node: child } = await tree.putFile(context, { parentId: folder.id, name: 'a' }, content);
  const names = Array.from({ length: depth }, (_unused, i) => `level ${i}`);
  await tree.ensureFolders(context, workspace.rootId, names);
  return { folderId: folder.id, childId: child.id, names };
}

async function fill(file, childId, members) {
  const { keysOf } = await import(path.join(server, 'services/tree/names.js'));
  const Database = createRequire(import.meta.url)('better-sqlite3');
  const db = new Database(file);
  db.pragma('synchronous = off');
  const model = db.prepare('select * from nodes where id = ?').get(childId);
  const columns = Object.keys(model);
  const insert = db.prepare(
    `insert into nodes (${columns.join(', ')}) values (${columns.map((c) => `@${c}`).join(', ')})`,
  );
  const from = performance.now();
  db.exec('begin');
  for (let i = 1; i < members; i += 1) {
    const name = `file ${i}.dat`;
    const { sortKey: sort_key, nameKey: name_key, folded } = keysOf(name);
    const own = { id: randomUUID(), name, name_key, sort_key, folded, version_id: randomUUID() };
    insert.run({
      ...model,
      ...own,
      size: (i * 7919) % 1_000_003,
      modified_at: model.modified_at - ((i * 104_729) % 999_983),
    });
  }
  db.exec('commit');
  db.pragma('wal_checkpoint(truncate)');
  db.close();
  console.log(`${members} rows in ${((performance.now() - from) / 1000).toFixed(0)} s`);
}

async function measure(node, { folderId, names }) {
  const context = await contextOf(node);
  const { tree, workspaces } = node.services;
  const folder = await tree.locate(context, folderId);
  console.log(
    `\npage of ${pageSize}, ms (median, worst of 15; 3 unmeasured)\n\n| sort | page | service | HTTP |\n|---|---|---:|---:|`,
  );
  for (const sort of ['name', 'size', 'modified']) {
    for (const order of ['asc', 'desc']) {
      const first = await tree.list(context, folder, { limit: pageSize, sort, order });
      // Deep into the folder: what counts is that the place of a page costs nothing.
      let { next } = first;
      for (let i = 0; i < 20 && next !== null; i += 1)
        ({ next } = await tree.list(context, folder, { limit: pageSize, sort, order, cursor: next }));
      for (const [page, cursor] of [
        ['first', null],
        ['22nd', next],
      ]) {
        const options = { limit: pageSize, sort, order, ...(cursor === null ? {} : { cursor }) };
        const inside = await times(() => tree.list(context, folder, options));
        const query = new URLSearchParams({
          limit: String(pageSize),
          sort,
          order,
          ...(cursor === null ? {} : { cursor }),
        });
        const outside = await times(() => get(`${node.url}/api/v1/nodes/${folderId}/children?${query}`));
        console.log(`| ${sort} ${order} | ${page} | ${inside} | ${outside} |`);
      }
    }
  }
  agent.destroy();
  const workspace = await workspaces.bySlug(context, 'common');
  const rounds = 5000;
  for (let i = 0; i < 500; i += 1) await tree.resolve(context, workspace, names);
  const from = performance.now();
  for (let i = 0; i < rounds; i += 1) await tree.resolve(context, workspace, names);
  console.log(`\nfinding a path of ${depth} names: ${((performance.now() - from) / rounds).toFixed(3)} ms`);
}

/** The search index anew from what SQL holds, while the node serves; the last member is found in it. */
async function rebuild(node, members) {
  const { journal, search } = node.services;
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 100);
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  await journal.rebuild('search');
  const seconds = (performance.now() - from) / 1000;
  clearInterval(watch);
  const { user, system } = process.cpuUsage(cpu);
  const { items } = await search.search(await contextOf(node), { text: `file ${members - 1}.dat` }, 10);
  console.log(
    `\nsearch index of ${members} anew: ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU, ` +
      `${((most - before) / 2 ** 20).toFixed(0)} MiB more memory; the last one is ${items.length === 1 ? 'found' : 'NOT FOUND'}`,
  );
}

async function times(work) {
  const all = [];
  for (let i = 0; i < 18; i += 1) {
    const from = performance.now();
    await work();
    if (i >= 3) all.push(performance.now() - from);
  }
  all.sort((a, b) => a - b);
  return `${all[Math.floor(all.length / 2)].toFixed(1)}, ${all.at(-1).toFixed(1)}`;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;

function get(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent, headers: { authorization } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode}`));
      answer.on('data', () => {}).on('end', resolve);
    });
    request.on('error', reject);
  });
}
