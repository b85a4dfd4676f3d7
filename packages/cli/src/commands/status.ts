import type { ClusterStatus } from '@volvox/api';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { exitCodes } from '../exit.ts';
import { print, table, time, type Output } from '../output.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('every node, every store, followers and duties')
    .action(
      action(async (_options: unknown, command: Command) => {
        const status = await withClient(command, (client) => client.call('status', {}));
        print(command.optsWithGlobals<Output>(), status, () =>
          [
            table(
              status.nodes.map((n) => ({
                node: n.name,
                state: n.state,
                url: n.url,
                version: n.version,
                since: time(n.startedAt),
                settings: n.settings && (n.settings.differ ? `DIFFER (${n.settings.hash})` : n.settings.hash),
              })),
              'no node is running',
            ),
            table(
              status.stores.map((s) => ({
                store: s.kind,
                ok: s.ok ? 'ok' : 'FAILED',
                ms: s.latencyMs,
                version: s.version,
                url: s.url,
                error: s.error,
              })),
            ),
            table(
              status.followers.map((f) => ({
                follower: f.name,
                position: f.position,
                lag: f.lag,
                parked: f.parked ?? 0,
                rebuilding: f.rebuilding,
                error: f.error,
              })),
            ),
            table(
              status.jobs.map((j) => ({
                duty: j.name,
                schedule: j.schedule,
                last: time(j.lastRun?.startedAt),
                state: j.lastRun?.state,
                by: j.lastRun?.node,
                error: j.lastRun?.error,
              })),
              'duties run with a node',
            ),
            ...(status.contents === undefined ? [] : [contentsLine(status.contents)]),
          ].join('\n\n'),
        );
        if (status.stores.some((s) => !s.ok)) process.exitCode = exitCodes.unreachable;
      }),
    );
}

function contentsLine({ damaged, beganAt, endedAt }: NonNullable<ClusterStatus['contents']>): string {
  const read =
    endedAt !== null
      ? `all contents were last read again by ${time(endedAt)}`
      : beganAt !== null
        ? `all contents are being read again since ${time(beganAt)}`
        : 'contents have not been read again yet';
  return damaged === 0
    ? `${read}: no damage is known`
    : `${read}: ${damaged} DAMAGED, "volvox check" names them`;
}
