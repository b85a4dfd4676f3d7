/** The long run: `npm run test:cluster -- --minutes N --sql postgres|mariadb --seed S --only PATTERN --few`: of the faults named so, all or some. Exits with 1 where anything was wrong. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { figures } from './figures.ts';
import { shuffled, some } from './plans.ts';
import { runScenario } from './scenario.ts';
import type { SqlKind } from './topology.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    sql: { type: 'string', default: 'postgres' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
    few: { type: 'boolean', default: false },
  },
});
if (values.sql !== 'postgres' && values.sql !== 'mariadb') {
  console.error('--sql is postgres or mariadb');
  process.exit(2);
}
const sql: SqlKind = values.sql;
const seed = Number(values.seed ?? process.env['VOLVOX_TEST_SEED'] ?? randomInt(2 ** 31));
console.log(`cluster on ${sql}, seed ${seed}`);
const only = new RegExp(values.only);
const report = await runScenario({
  sql,
  seed,
  choose: (faults, random) =>
    (values.few ? some : shuffled)(
      faults.filter(({ name }) => only.test(name)),
      random,
    ),
  minutes: Number(values.minutes),
  durations: { serverMs: values.few ? 2_500 : 5_000, frozenNodeMs: 17_000 },
  capacityRounds: values.only === '' ? 400 : 0,
  log: console.log,
});
console.log(`\n${figures(report)}`);
for (const violation of report.violations) console.error(`WRONG ${violation}`);
console.log(
  report.violations.length === 0
    ? `nothing wrong (seed ${seed})`
    : `${report.violations.length} wrong (seed ${seed})`,
);
process.exit(report.violations.length === 0 ? 0 : 1);
