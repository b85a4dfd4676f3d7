import { startNode } from '@volvox/server';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { settingsOf } from '../flags.ts';

export function addStart(program: Command): void {
  program
    .command('start')
    .description('run one node in the foreground; SIGTERM drains')
    .action(action(async (_options: unknown, command: Command) => start(command)));
}

async function start(command: Command): Promise<void> {
  const bootstrap = settingsOf(command);
  const signals = stopSignals();
  const node = await startNode(bootstrap);
  const asked = signals.started();
  const total = [...node.stages.values()].reduce((sum, ms) => sum + ms, 0);
  process.stdout.write(greeting(bootstrap.url ?? node.url, node.setupUrl, Math.round(total)));
  const outdated = await Promise.race([asked.then(() => null), node.outdated]);
  process.stdout.write('draining; once more to leave at once\n');
  await node.stop();
  if (outdated !== null) throw outdated;
  process.exit(0);
}

/**
 * Heard from the first moment on. A node that only starts serves nobody, so it leaves at once: whatever it was about, as a migration, goes
 * on with the next one.
 */
function stopSignals(): { started(): Promise<void> } {
  const asked = Promise.withResolvers<void>();
  let state: 'starting' | 'running' | 'draining' = 'starting';
  const stop = (): void => {
    if (state === 'starting') process.exit(0);
    // The second signal is meant: leave without waiting. The stores survive it.
    if (state === 'draining') process.exit(1);
    state = 'draining';
    asked.resolve();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return {
    started() {
      state = 'running';
      return asked.promise;
    },
  };
}

/** In one piece, so that whoever reads it line by line gets the link together with the address. */
function greeting(url: string, setupUrl: string | null, ms: number): string {
  const lines = [
    `Volvox is ready: ${url}  (${ms} ms)`,
    ...(setupUrl === null ? [] : [`Set it up here, once: ${setupUrl}`]),
    `WebDAV: ${url}/dav/   REST: ${url}/api/docs`,
  ];
  return `\n${lines.join('\n')}\n\n`;
}
