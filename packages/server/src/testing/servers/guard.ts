import { spawn } from 'node:child_process';

export interface Guard {
  /** The process to end with us; null while there is none, since its number may belong to somebody else by then. */
  watch(pid: number | null): void;
  release(): void;
}

/**
 * Ends a server with us, however we end: the guard's input closes when this process is gone, even by SIGKILL. It then kills the process that
 * it was told of last, and removes the folder.
 */
export function guard(folder: string): Guard {
  const script = [
    'while read -r line; do pid=$line; done',
    '[ -n "$pid" ] && kill -9 "$pid"',
    // What the server has forked may write for a moment longer.
    'for i in 1 2 3 4 5; do rm -rf "$1" && exit 0; sleep 0.2; done',
  ].join('\n');
  // Detached: what ends our process group must not end the guard.
  const child = spawn('sh', ['-c', script, 'sh', folder], {
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const input = child.stdin;
  input.on('error', () => undefined);
  // A pipe that nobody reads from must not keep a test process alive.
  child.unref();
  if ('unref' in input && typeof input.unref === 'function') input.unref();
  return { watch: (pid) => void input.write(`${pid ?? ''}\n`), release: () => void input.end('\n') };
}
