/** How late the event loop gets while many log in at once, and what others' requests feel of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { call } from './people-client.mjs';
import { secret, whoLogsIn } from './people-data.mjs';
import { cpuOf, loopDelayOf } from './people-server.mjs';

const seconds = 10;
const everyMs = 20;
/** p99 of the event loop beside its idle figure. */
const allowedMs = 50;

export async function loopDelays(server) {
  const idle = await phase(server, []);
  const busy = await phase(server, whoLogsIn);
  console.log(
    `\nlog-ins, ${whoLogsIn.length} at once for ${seconds} s; a folder of 200 is listed beside it, every ${everyMs} ms\n\n` +
      '| | idle | log-ins |\n|---|---:|---:|',
  );
  for (const [what, key, digits] of [
    ['log-ins a second', 'perSecond', 0],
    ['event loop late, p99, ms', 'loopMs', 1],
    ['listing, median, ms', 'p50', 1],
    ['listing, p99, ms', 'p99', 1],
    ['cores busy: event loop and others', 'other', 2],
    ['cores busy: pool', 'pool', 2],
  ])
    console.log(`| ${what} | ${idle[key].toFixed(digits)} | ${busy[key].toFixed(digits)} |`);
  const late = busy.loopMs - idle.loopMs;
  console.log(`\nlater by ${late.toFixed(1)} ms (wanted: at most ${allowedMs})`);
}

async function phase({ url, pid, ann, folderId }, logins) {
  await loopDelayOf(url); // begins anew
  const cpu = cpuOf([pid]);
  const from = performance.now();
  const running = () => performance.now() - from < seconds * 1000;
  let count = 0;
  const times = [];
  await Promise.all([
    ...logins.map(async (login) => {
      for (; running(); count += 1) await call(url, null, 'POST', '/session', { login, password: secret });
    }),
    (async () => {
      while (running()) {
        const begun = performance.now();
        await call(url, ann, 'GET', `/nodes/${folderId}/children?limit=200`);
        times.push(performance.now() - begun);
        await pause(everyMs);
      }
    })(),
  ]);
  const took = performance.now() - from;
  const after = cpuOf([pid]);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  return {
    perSecond: (count * 1000) / took,
    loopMs: await loopDelayOf(url),
    p50: at(0.5),
    p99: at(0.99),
    pool: (after.pool - cpu.pool) / took,
    other: (after.other - cpu.other) / took,
  };
}
