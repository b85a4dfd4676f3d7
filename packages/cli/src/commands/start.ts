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
  const asked = stopSignal();
  const node = await startNode(bootstrap);
  const total = [...node.stages.values()].reduce((sum, ms) => sum + ms, 0);
  process.stdout.write(greeting(bootstrap.url ?? node.url, node.setupUrl, Math.round(total)));
  await asked;
  process.stdout.write('draining; once more to leave at once\n');
  await node.stop();
  process.exit(0);
}

/** Heard from the first moment on: what comes while starting is obeyed once started. */
function stopSignal(): Promise<void> {
  let count = 0;
  return new Promise((resolve) => {
    const stop = (): void => {
      count += 1;
      // The second signal is meant: leave without waiting. The stores survive it.
      if (count > 1) process.exit(1);
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
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
