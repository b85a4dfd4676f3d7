/**
 * `npm run bench -- people`: what a request costs among 10,000 users, 1,000 groups, 10,000 links and 100,000 rules against few of each, and what
 * log-ins do to the event loop. `--sql postgres|mariadb`: on a database server for each, whose processor time counts. Both servers run at the same time and are asked in turn, so that what else the machine does hits both.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { root } from '../node.mjs';
import { call, hangUp } from './people-client.mjs';
import { load, secret, sizes, whoLogsIn } from './people-data.mjs';
import { loopDelays } from './people-loop.mjs';
import { engines, openPlace } from './people-place.mjs';
import { cpuOf, memoryOf, startServer } from './people-server.mjs';

const starts = 7;
const batches = 15;
const names = Object.keys(sizes);
const wanted = 1.5;

/** @param args `--sql ENGINE` */
export async function people(args) {
  const engine = args.includes('--sql') ? args[args.indexOf('--sql') + 1] : 'sqlite';
  if (!engines.includes(engine)) {
    console.error(`--sql: ${engines.join(', ')}`);
    return 2;
  }
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache', 'people-'));
  const places = {};
  const of = (name) => places[name];
  const servers = [];
  try {
    for (const name of names) places[name] = await openPlace(path.join(folder, name), engine);
    const made = {};
    for (const name of names) {
      made[name] = await load(of(name), sizes[name]);
      const { users, groups, links } = sizes[name];
      const { rules, seconds } = made[name];
      console.log(
        `${name}: ${users} users, ${groups} groups, ${links} links, ${rules} rules in ${seconds.toFixed(0)} s`,
      );
    }
    const rows = [['start to ready', await measureStarts(of)]];
    for (const name of names) servers.push({ name, ...made[name], ...(await startServer(of(name))) });
    rows.push(['resident memory when ready, MiB', { memory: servers.map(({ pid }) => memoryOf(pid)) }]);
    for (const [what, count, work] of operations) rows.push([what, await measure(servers, count, work)]);
    rows.push(['resident memory after all this, MiB', { memory: servers.map(({ pid }) => memoryOf(pid)) }]);
    const worst = print(rows);
    await loopDelays(servers.at(-1));
    return worst <= wanted ? 0 : 3;
  } finally {
    hangUp();
    for (const server of servers) await server.stop();
    for (const place of Object.values(places)) await place.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const get = (target) => (server) => call(server.url, server.ann, 'GET', target);
const asAdmin = (target) => (server) => call(server.url, server.admin, 'GET', target);

/** Name, how many to a batch, and what is asked. */
const operations = [
  [
    'log-in',
    8,
    ({ url }, i) =>
      call(url, null, 'POST', '/session', { login: whoLogsIn[i % whoLogsIn.length], password: secret }),
  ],
  ['folder of 200, as a user', 20, (server) => get(`/nodes/${server.folderId}/children?limit=200`)(server)],
  [
    'folder of 200, as admin',
    20,
    (server) => asAdmin(`/nodes/${server.folderId}/children?limit=200`)(server),
  ],
  ['people: a word that all have', 20, get('/people?q=person')],
  ['people: a name that one has', 20, get('/people?q=person+lindqvist')],
  ['own links (50)', 20, get('/links?limit=50')],
  ['all links, a page of 50', 20, asAdmin('/admin/links?limit=50')],
  ['all users, a page of 50', 20, asAdmin('/users?limit=50')],
  ['all users, a word that all have', 20, asAdmin('/users?limit=50&q=person')],
  ['all users, a name that one has', 20, asAdmin('/users?limit=50&q=person+lindqvist')],
  ['one folder', 20, (server) => get(`/nodes/${server.folderId}`)(server)],
];

async function measureStarts(of) {
  const all = names.map(() => ({ wall: [], cpu: [] }));
  for (let round = 0; round <= starts; round += 1) {
    for (const [i, name] of names.entries()) {
      const server = await startServer(of(name));
      const { pool, other } = cpuOf([server.pid]);
      await server.stop();
      // The first fills the caches of the file system.
      if (round === 0) continue;
      all[i].wall.push(server.readyMs);
      all[i].cpu.push(pool + other);
    }
  }
  return { wall: all.map(({ wall }) => median(wall)), cpu: all.map(({ cpu }) => median(cpu)) };
}

/** Medians over batches: wall time of one request; processor time of one, and of it what was not spent in the pool, which hashes. */
async function measure(servers, count, work) {
  const all = servers.map(() => ({ wall: [], cpu: [], withoutPool: [] }));
  for (let batch = -2; batch < batches; batch += 1) {
    for (const [i, server] of servers.entries()) {
      const before = cpuOf(server.pids);
      const from = performance.now();
      for (let n = 0; n < count; n += 1) await work(server, n);
      const wall = performance.now() - from;
      const after = cpuOf(server.pids);
      if (batch < 0) continue;
      const other = after.other - before.other;
      all[i].wall.push(wall / count);
      all[i].withoutPool.push(other / count);
      all[i].cpu.push((other + after.pool - before.pool) / count);
    }
  }
  const medians = (key) => all.map((each) => median(each[key]));
  return { wall: medians('wall'), cpu: medians('cpu'), withoutPool: medians('withoutPool') };
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN;
}

/** @returns the largest ratio of processor time, of memory */
function print(rows) {
  const kinds = [
    ['memory', ''],
    ['wall', 'ms'],
    ['cpu', 'CPU ms'],
    ['withoutPool', 'CPU ms without the pool'],
  ];
  let worst = 0;
  console.log(
    `\nload ${loadavg()[0].toFixed(1)}; medians\n\n| what | | few | many | ratio |\n|---|---|---:|---:|---:|`,
  );
  for (const [what, figures] of rows) {
    for (const [kind, unit] of kinds) {
      if (figures[kind] === undefined || (kind === 'withoutPool' && what !== 'log-in')) continue;
      const [few, many] = figures[kind];
      const ratio = many / few;
      if (kind !== 'wall') worst = Math.max(worst, ratio);
      const digits = few < 10 ? 2 : 0;
      console.log(
        `| ${what} | ${unit} | ${few.toFixed(digits)} | ${many.toFixed(digits)} | ${ratio.toFixed(2)} |`,
      );
    }
  }
  console.log(
    `\nlargest ratio of processor time and memory: ${worst.toFixed(2)} (wanted: at most ${wanted})`,
  );
  return worst;
}
