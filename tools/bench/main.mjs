/**
 * `npm run bench`: drives Volvox and the peers that can be had with ../shared/bench/fsload.mjs, one after another, twice, on tmpfs and on
 * the disk, and prints one table with ratios to rclone. `bench -- listing`: pages of a folder of a million; `bench -- people`: few people and many; `bench -- access`: what rules cost. Options: --rounds N, --only a,b, --where tmpfs,disk, --scale F, --seconds N.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, toolEnvironment } from '../node.mjs';
import { access } from './access.mjs';
import { freePort } from './free-port.mjs';
import { listing } from './listing.mjs';
import { login, password, peers } from './peers.mjs';
import { people } from './people.mjs';
import { renderTable } from './table.mjs';

const fsload = path.join(root, '..', 'shared', 'bench', 'fsload.mjs');
const places = { tmpfs: '/dev/shm', disk: path.join(root, '.cache') };

export async function bench(args) {
  if (args[0] === 'access') return access();
  if (args[0] === 'listing') return listing(args);
  if (args[0] === 'people') return people(args);
  if (!existsSync(fsload)) {
    console.error('../shared/bench/fsload.mjs is not there');
    return 1;
  }
  const option = (name, fallback) => args[args.indexOf(`--${name}`) + 1 || args.length] ?? fallback;
  const rounds = Number(option('rounds', '2'));
  const names = option('only', Object.keys(peers).join(',')).split(',');
  const results = [];
  for (const where of option('where', 'tmpfs,disk').split(',')) {
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of names) {
        // Durability is a question of the disk; on tmpfs both are the same.
        if (name === 'volvox durable' && where === 'tmpfs') continue;
        const result = await one(name, where, [
          '--scale',
          option('scale', '1'),
          '--seconds',
          option('seconds', '20'),
        ]);
        if (result === null) console.log(`${name}: can't be had here, left out`);
        else results.push({ name, where, round, result });
      }
    }
  }
  const table = renderTable(results);
  console.log(table);
  const folder = path.join(root, 'bench-results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'latest.json'), JSON.stringify(results));
  writeFileSync(path.join(folder, 'latest.md'), table);
  return results.every(({ result }) => result.errors.total === 0) ? 0 : 3;
}

async function one(name, where, options) {
  mkdirSync(places[where], { recursive: true });
  const folder = mkdtempSync(path.join(places[where], 'bench-'));
  chmodSync(folder, 0o755); // Apache gives up root
  try {
    const target = peers[name](path.join(folder, 'data'), await freePort());
    if (target === null) return null;
    console.error(`${name} on ${where}`);
    const out = path.join(folder, 'result.json');
    const code = await run(process.execPath, [
      fsload,
      '--profile',
      'webdav',
      '--base',
      target.base,
      '--user',
      login,
      '--pass',
      password,
      '--spawn',
      target.spawn,
      '--label',
      name,
      '--out',
      out,
      ...options,
    ]);
    if (!existsSync(out)) throw new Error(`fsload ended with ${code} without a result for ${name}`);
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: toolEnvironment() });
    child.on('error', reject);
    child.on('close', resolve);
  });
}
