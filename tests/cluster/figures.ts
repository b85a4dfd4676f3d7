/** The figures of a run as one table, against what is to be reached. */
import { limitOf } from './capacity.ts';
import type { ScenarioReport } from './scenario.ts';

/** Under load and while something is broken, so beside what the same requests took when they were let through. */
function refusals(list: ScenarioReport['revocations'], ms: (value: number) => string): string {
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const worst = Math.max(...list.map(({ refused }) => refused), Number.NEGATIVE_INFINITY);
  const usual = middle(list.map(({ refused }) => refused));
  const before = middle(list.map((each) => each.before));
  return `${ms(usual)} (median of ${list.length}; most ${ms(worst)}; let through just before: ${ms(before)})`;
}

export function figures(report: ScenarioReport): string {
  const most = (list: readonly number[]): number => Math.max(...list, Number.NEGATIVE_INFINITY);
  const of = (name: string) => report.windows.filter((window) => window.name === name);
  const ms = (value: number): string => (Number.isFinite(value) ? `${Math.round(value)} ms` : 'not run');
  const failed = (name: string): string =>
    of(name).length === 0
      ? 'not run'
      : `${of(name).reduce((sum, window) => sum + window.failed, 0)} of ${of(name).reduce((sum, window) => sum + window.requests, 0)}`;
  const rows: [string, string, string][] = [
    [
      'fail-over after kill -9: requests fail for',
      ms(most(of('kill -9 of a node').map((window) => window.failingMs))),
      '2000 ms',
    ],
    ['failed requests while a node drains (SIGTERM)', failed('SIGTERM of a node'), '0'],
    ['failed requests during a rolling restart of all', failed('rolling restart'), '0'],
    ['node start to ready, on set-up stores', report.startMs.map(ms).join(', '), '2000 ms'],
    ['revocation: all nodes have refused after', refusals(report.revocations, ms), '100 ms'],
    ['a changed setting holds on all nodes after', ms(report.settingMs), ''],
    ['changes acknowledged, requests, reads', `${report.changes}, ${report.requests}, ${report.reads}`, ''],
    ['live updates broken off and gone on with', String(report.liveBreaks), ''],
    ['due times of a duty, each run once', String(report.dutyRuns), ''],
    ...report.capacity.map((each): [string, string, string] => [
      `metadata operations with ${each.nodes} node${each.nodes === 1 ? '' : 's'}`,
      `${Math.round(each.perSecond)}/s; ms of CPU for each: ${Object.entries(each.cost)
        .map(([name, value]) => `${name} ${value.toFixed(2)}`)
        .join(', ')}; most: ${limitOf(each)}`,
      '',
    ]),
  ];
  return rows
    .map(([what, value, goal]) => `${what.padEnd(50)} ${value}${goal === '' ? '' : `   (goal ${goal})`}`)
    .join('\n');
}
