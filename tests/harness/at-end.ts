import type { TestContext } from 'node:test';

type End = () => Promise<unknown>;

const endsOf = new WeakMap<TestContext, End[]>();

/**
 * Runs `end` after the test, what was begun last first: a server ends before the folder it stands on is removed. Hooks
 * of node:test run in the order in which they were given, and none after one that fails.
 */
export function atEnd(t: TestContext, end: End): void {
  let ends = endsOf.get(t);
  if (ends === undefined) {
    const all: End[] = [];
    endsOf.set(t, (ends = all));
    t.after(() => runAll(all));
  }
  ends.push(end);
}

async function runAll(ends: readonly End[]): Promise<void> {
  const faults: unknown[] = [];
  for (const end of ends.toReversed()) await end().catch((error: unknown) => faults.push(error));
  if (faults.length > 0) throw new AggregateError(faults, 'something could not be ended');
}
