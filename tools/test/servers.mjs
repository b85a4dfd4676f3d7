/** The external servers of one run: found or installed, started once, handed to suites as environment, stopped at the end. */

/** What `npm run test:quick` says instead. */
export const noServers = { VOLVOX_TEST_SERVERS: 'none' };

// Loaded only where it is needed: not by the quick suites.
const load = (name) => import(`../../packages/server/src/testing/servers/${name}.ts`);

/**
 * Downloads that go on while the caller does something else, even something that blocks.
 * @returns {Promise<ReadonlyMap<string, string>>} the kinds that cannot be had, each with the reason
 */
export async function provideServers(log) {
  return (await load('provide')).provideServers(log);
}

/**
 * Must not be blocked: it asks each server whether it is ready.
 * @param provided what `provideServers` has returned
 * @returns {Promise<{ environment: Record<string, string>, missing: { name: string, missing: string }[], stop(): Promise<void> }>}
 */
export async function startServers(provided, log) {
  const unavailable = new Map(await provided);
  const { givenServer, serverKinds, startServer, variableOf } = await load('index');
  const wanted = serverKinds.filter((kind) => !unavailable.has(kind) && !givenServer(kind));
  const started = performance.now();
  const running = [];
  const start = async (kind) => running.push(await startServer(kind));
  await Promise.all(wanted.map((kind) => start(kind).catch((error) => unavailable.set(kind, error.message))));
  log(`${running.length} servers answer after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return {
    environment: Object.fromEntries(
      running.map(({ kind, url, environment }) => [variableOf(kind), JSON.stringify({ url, environment })]),
    ),
    missing: [...unavailable].map(([kind, reason]) => ({ name: `${kind} server`, missing: reason })),
    stop: async () => void (await Promise.all(running.map((server) => server.stop()))),
  };
}
