/** One run of the scenario as a test. VOLVOX_TEST_SEED repeats the order of faults and what clients do. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { haveBalancer } from './balancer.ts';
import { figures } from './figures.ts';
import { runScenario, type ScenarioOptions } from './scenario.ts';
import { kindsWith, type SqlKind } from './topology.ts';

const limitMs = 8 * 60_000;

export function clusterTest(
  options: Pick<ScenarioOptions, 'sql' | 'choose' | 'durations' | 'capacityRounds'>,
): void {
  const seed = Number(process.env['VOLVOX_TEST_SEED'] ?? randomInt(2 ** 31));
  const name = `three nodes with ${options.sql} under load and faults keep every promise (seed ${seed})`;
  test(name, { skip: reasonToSkip(options.sql), timeout: limitMs }, async (t) => {
    const report = await runScenario({ ...options, seed, minutes: 0, log: (line) => t.diagnostic(line) });
    for (const line of figures(report).split('\n')) t.diagnostic(line);
    assert.deepEqual(report.violations, [], `seed ${seed}`);
    assert.ok(report.changes > 100, 'there was load');
  });
}

function reasonToSkip(sql: SqlKind): string | false {
  for (const kind of kindsWith(sql)) {
    const reason = skipReason(kind);
    if (reason !== false) return reason;
  }
  if (haveBalancer()) return false;
  const reason = 'no HAProxy on this machine';
  if (process.env['CI']) throw new Error(reason);
  return reason;
}
