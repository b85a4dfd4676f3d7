/** The server as people start it, on a throw-away data folder; tells the set-up link it prints. Ended by its process id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const limitMs = 60_000;

export interface FreshServer {
  readonly url: string;
  readonly setupUrl: string;
  stop(): Promise<void>;
}

/** VOLVOX_TEST_SOURCE=1 runs the sources instead of the built program, for work on the server and the page together. */
export async function startFreshServer(): Promise<FreshServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-browser-'));
  const start = process.env.VOLVOX_TEST_SOURCE
    ? [
        '--conditions=source',
        '--no-warnings',
        '-e',
        `import(${JSON.stringify(path.join(root, 'packages/cli/src/main.ts'))}).then((m) => m.main(process.argv))`,
        'volvox',
      ]
    : [path.join(root, 'bin/volvox.js')];
  const child = spawn(
    process.execPath,
    [...start, 'start', '--data', folder, '--listen', '127.0.0.1:0', '--log-level', 'info'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const setupUrl = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no set-up link within ${limitMs} ms:\n${output}`)),
      limitMs,
    );
    const listen = (data: Buffer): void => {
      output += data.toString();
      const link = /https?:\/\/\S+\/setup\?key=[\w.~-]+/.exec(output)?.[0];
      if (link === undefined || !output.includes('WebDAV:')) return;
      clearTimeout(timer);
      resolve(link);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`the server ended:\n${output}`));
    });
  }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    url: new URL(setupUrl).origin,
    setupUrl,
    async stop() {
      const gone = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
      child.kill('SIGTERM');
      const last = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(last);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
