/** A server and the processes it has forked (PostgreSQL's backends leave its process group), so that all are killed or frozen alike. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Ended, but nobody has asked how: some containers never do. */
  readonly zombie: boolean;
}

export function signalFamily(pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): readonly number[] {
  // A parent that stands still has no more children while we look.
  if (signal === 'SIGKILL') send(pid, 'SIGSTOP');
  const members = family(pid);
  for (const member of members) send(member, signal);
  return members;
}

/** Returns when the system has stopped each of their threads: a busy one may go on for a moment, and answer. Linux only; elsewhere at once. */
export function stoodStill(pids: readonly number[], limitMs = 2_000): void {
  const deadline = Date.now() + limitMs;
  while (pids.some(runs) && Date.now() < deadline);
}

function runs(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return !/^[TtZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
    });
  } catch {
    return false;
  }
}

/** Resolves when none of them runs any more. */
export async function ended(pids: readonly number[], limitMs = 10_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (pids.some(alive)) {
    if (Date.now() > deadline) throw new Error(`process ${pids.filter(alive).join(', ')} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function family(pid: number): readonly number[] {
  const all = processes();
  const members = [pid];
  // Grows while it is walked: children of children.
  for (const member of members) for (const p of all) if (p.parent === member) members.push(p.pid);
  return members;
}

export function alive(pid: number): boolean {
  if (existsSync('/proc/self/stat')) return readProcess(pid)?.zombie === false;
  return processes().some((p) => p.pid === pid && !p.zombie);
}

function processes(): readonly Process[] {
  if (existsSync('/proc/self/stat'))
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(Number(name)) ?? []);
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/);
    return state === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), zombie: state.startsWith('Z') }];
  });
}

function readProcess(pid: number): Process | null {
  try {
    // The name, in brackets, may hold anything; what follows the last bracket does not.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), zombie: state === 'Z' || state === 'X' };
  } catch {
    return null;
  }
}
