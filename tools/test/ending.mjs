/**
 * Loaded into the process of every test file (`--import`): ends it where something keeps it alive `?seconds=` after its tests, as a failure that says
 * what. `--test-force-exit` would end it at once, with the last 64 kB of its results still waiting for a busy reader: nobody counts those.
 */
import { isMainThread } from 'node:worker_threads';

/** The hooks that close what the tests have opened are part of it. */
const seconds = Number(new URL(import.meta.url).searchParams.get('seconds'));

// Neither the process that runs the files nor what a test starts.
if (
  process.env.NODE_TEST_CONTEXT === 'child-v8' &&
  isMainThread &&
  /\.test\.\w+$/.test(process.argv[1] ?? '')
) {
  const { after } = await import('node:test');
  after(() => void setTimeout(giveUp, seconds * 1000).unref());
}

function giveUp() {
  const open = process.getActiveResourcesInfo().join(', ');
  process.stderr.write(`${process.argv[1]} was alive ${seconds} s after its tests by: ${open}\n`, () =>
    process.exit(1),
  );
}
