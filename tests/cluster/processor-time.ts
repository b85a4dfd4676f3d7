/** Processor time of processes and all that they have forked, from /proc; 0 where there is none. */
import { readFileSync, readdirSync } from 'node:fs';

/** USER_HZ, the same on every Linux. */
const msPerTick = 10;

interface Usage {
  readonly parent: number;
  readonly ms: number;
}

/** Milliseconds so far, children that ended included. */
export function processorMs(pid: number): number {
  const all = usages();
  const members = [pid];
  for (const member of members) for (const [id, { parent }] of all) if (parent === member) members.push(id);
  return members.reduce((sum, member) => sum + (all.get(member)?.ms ?? 0), 0);
}

function usages(): ReadonlyMap<number, Usage> {
  const found = new Map<number, Usage>();
  let names: readonly string[] = [];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return found;
  }
  for (const name of names) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // After the name in brackets, which may hold anything: state, parent, ..., and four times in ticks.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
      found.set(Number(name), { parent: Number(fields[1]), ms: ticks * msPerTick });
    } catch {
      // It has ended in the meantime.
    }
  }
  return found;
}
