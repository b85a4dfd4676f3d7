/** The built server in a process of its own, and what Linux says of that process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../node.mjs';
import { freePort } from './free-port.mjs';
import { login, password } from './peers.mjs';

/** @returns url, process id, those of the database server too, milliseconds until it was ready, and what ends it */
export async function startServer(place) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const from = performance.now();
  const child = spawn(process.execPath, [path.join(root, 'bin', 'volvox.js'), 'start'], {
    env: {
      ...process.env,
      VOLVOX_DATA: place.folder,
      ...place.environment,
      VOLVOX_LISTEN: `127.0.0.1:${port}`,
      VOLVOX_ADMIN_LOGIN: login,
      VOLVOX_ADMIN_PASSWORD: password,
      VOLVOX_LOG_LEVEL: 'error',
      VOLVOX_DURABILITY: 'relaxed',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  let over = false;
  exited.then(() => (over = true));
  for (;;) {
    if (over) throw new Error('the server ended before it was ready');
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return {
    url,
    pid: child.pid,
    pids: [child.pid, ...place.pids],
    readyMs: performance.now() - from,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export async function withServer(place, work) {
  const server = await startServer(place);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** The processes and all that they started: the command may go on under another Node, a database has one for each connection. */
function family(pids) {
  const all = [...pids];
  for (const member of all) {
    for (const thread of tasksOf(member)) {
      const file = `/proc/${member}/task/${thread}/children`;
      if (existsSync(file)) all.push(...readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number));
    }
  }
  return all;
}

function tasksOf(pid) {
  return existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
}

/** Milliseconds of processor time so far: of the threads that hash passwords (and read files), and of all others. */
export function cpuOf(pids) {
  const sum = { pool: 0, other: 0 };
  for (const member of family(pids)) {
    for (const thread of tasksOf(member)) {
      const folder = `/proc/${member}/task/${thread}`;
      try {
        const ms = Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
        sum[readFileSync(`${folder}/comm`, 'utf8').startsWith('libuv-worker') ? 'pool' : 'other'] += ms;
      } catch {
        // The thread has ended.
      }
    }
  }
  return sum;
}

/** Resident memory in MiB. */
export function memoryOf(pid) {
  return family([pid]).reduce((sum, member) => {
    const status = readFileSync(`/proc/${member}/status`, 'utf8');
    return sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }, 0);
}

/** The p99 of the delay of the event loop in ms since this was asked for last. */
export async function loopDelayOf(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = /volvox_event_loop_delay_seconds\{quantile="0.99"\} (\S+)/.exec(text);
  if (found === null) throw new Error('the server does not say how late its event loop is');
  return Number(found[1]) * 1000;
}
