/** A node of the cluster as an operator runs it: `volvox start` in a process of its own, with URLs in its environment. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compileCache } from '../harness/server-process.ts';
import { poll } from './poll.ts';

/** VOLVOX_TEST_BUNDLE=1 runs what was built instead of the sources. */
const program = fileURLToPath(
  new URL(
    process.env['VOLVOX_TEST_BUNDLE'] ? '../../bin/volvox.js' : '../harness/cli.child.ts',
    import.meta.url,
  ),
);
const clockModule = new URL('./shifted-clock.ts', import.meta.url).href;

export interface NodeSettings {
  readonly name: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** How far its clock is ahead. */
  readonly clockAheadMs: number;
}

export class ClusterNode {
  readonly name: string;
  readonly url: string;
  readonly #settings: NodeSettings;
  #child: ChildProcess | null = null;
  #output = '';

  constructor(settings: NodeSettings) {
    this.name = settings.name;
    this.url = `http://127.0.0.1:${settings.port}`;
    this.#settings = settings;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** All that it printed, in all its lives. */
  get output(): string {
    return this.#output;
  }

  /** @returns milliseconds until it was ready. @throws with what it printed where it ends before */
  async start(limitMs = 60_000): Promise<number> {
    const from = performance.now();
    const { port, name, environment, clockAheadMs } = this.#settings;
    const inherited = Object.entries(process.env).filter(
      ([key]) => !/^(VOLVOX_|VAULT_|AWS_|NODE_)/.test(key),
    );
    const child = spawn(
      process.execPath,
      [
        '--conditions=source',
        '--no-warnings',
        ...(clockAheadMs === 0 ? [] : ['--import', clockModule]),
        program,
        'start',
      ],
      {
        env: {
          ...Object.fromEntries(inherited),
          NODE_COMPILE_CACHE: compileCache,
          VOLVOX_LISTEN: `127.0.0.1:${port}`,
          VOLVOX_NODE_NAME: name,
          VOLVOX_TEST_CLOCK_AHEAD: String(clockAheadMs),
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const take = (piece: Buffer): void => void (this.#output += piece.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('exit', () => {
      if (this.#child === child) this.#child = null;
    });
    this.#child = child;
    await poll(
      `${name} is ready`,
      limitMs,
      async () => {
        if (this.#child === null)
          throw new Error(`${name} ended before it was ready:\n${this.#output.slice(-3000)}`);
        return this.isReady();
      },
      10,
    );
    return performance.now() - from;
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => null,
    );
    await answer?.body?.cancel();
    return answer?.status === 200;
  }

  /** Ends it by that signal; resolves when it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }
}
