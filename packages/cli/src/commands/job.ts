import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { didYouMean } from '../did-you-mean.ts';
import { exitCodes, UsageError } from '../exit.ts';
import { print, table, time, type Output } from '../output.ts';

/** Duties are a node's: where none runs, these commands see history only. */
export function addJob(program: Command): void {
  const job = program.command('job').description('duties of the node: what is done on a schedule');
  job
    .command('list')
    .description('every duty with its schedule and its last run')
    .action(
      action(async (_options: unknown, command: Command) => {
        const { jobs } = await withClient(command, (client) => client.call('status'));
        print(command.optsWithGlobals<Output>(), jobs, () =>
          table(
            jobs.map((j) => ({
              duty: j.name,
              schedule: j.schedule,
              last: time(j.lastRun?.startedAt),
              state: j.lastRun?.state,
              error: j.lastRun?.error,
            })),
            'no node is running: duties run with a node',
          ),
        );
      }),
    );
  job
    .command('run <name>')
    .description('run a duty now; exit code 1 if it fails')
    .action(
      action(async (name: string, _options: unknown, command: Command) => {
        const run = await withClient(command, async (client) => {
          const known = (await client.call('status')).jobs.map((j) => j.name);
          if (known.length === 0) throw new Error('no node is running: duties run with a node');
          if (!known.includes(name))
            throw new UsageError(
              `unknown duty ${name}${didYouMean(name, known)}; there are ${known.join(', ')}`,
            );
          return client.call('runJob', { params: { name } });
        });
        print(command.optsWithGlobals<Output>(), run, () =>
          [`${run.job}: ${run.state}`, run.error ?? JSON.stringify(run.result)].join('\n'),
        );
        if (run.state === 'failed') process.exitCode = exitCodes.failed;
      }),
    );
  job
    .command('history [name]')
    .description('the last 100 runs, of one duty or of all')
    .action(
      action(async (name: string | undefined, _options: unknown, command: Command) => {
        const { items } = await withClient(command, (client) =>
          client.call('listRuns', { query: name === undefined ? {} : { job: name } }),
        );
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((run) => ({
              duty: run.job,
              started: time(run.startedAt),
              ended: time(run.endedAt),
              state: run.state,
              by: run.node,
              result: run.error ?? JSON.stringify(run.result),
            })),
            'no runs',
          ),
        );
      }),
    );
}
