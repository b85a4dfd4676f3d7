/** Which faults a run brings: all of them, or for short runs of each server one, of those that stop nodes two. */
import type { Fault } from './faults.ts';

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

export function some(faults: readonly Fault[], random: () => number): readonly Fault[] {
  const groups = Map.groupBy(faults, ({ name }) =>
    / of a node|rolling|sealed|flushed/.test(name) ? name : (name.split(' ')[0] ?? ''),
  );
  const chosen = [...groups.values()].flatMap((list) => {
    const stopping = list.filter(({ tolerance }) => tolerance === 'refused');
    return stopping.length > 1 ? shuffled(stopping, random).slice(0, 2) : shuffled(list, random).slice(0, 1);
  });
  return shuffled(chosen, random);
}

/** Nodes, and of the servers only what stops nodes. */
export function few(faults: readonly Fault[], random: () => number): readonly Fault[] {
  return some(faults, random).filter(({ name, degrades }) => !degrades && !/rolling|SIGSTOP/.test(name));
}
