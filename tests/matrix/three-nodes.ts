/** Three nodes, `a`, `b` and `c`, on the same external stores; nothing lies in their data folder, so they share it. */
import path from 'node:path';
import type { TestContext } from 'node:test';
import './external-by-default.ts';
import { makeFolder, startServer, storesOf, type Environment, type Server } from '../acceptance/harness.ts';
import { until } from '../../packages/server/src/testing/expectations.ts';

export interface ThreeNodes {
  readonly a: Server;
  readonly b: Server;
  readonly c: Server;
  /** What tells a further node, or a command, of the same stores. */
  readonly environment: Environment;
}

export async function startThreeNodes(env: Environment = {}): Promise<ThreeNodes> {
  const data = path.join(await makeFolder(), 'data');
  const start = (name: string): Promise<Server> =>
    startServer({ data, env: { VOLVOX_NODE_NAME: name, ...env } });
  // One sets up and migrates, the others wait for it.
  const [a, b, c] = await Promise.all([start('a'), start('b'), start('c')]);
  return { a, b, c, environment: { ...(await storesOf(data)), VOLVOX_DATA: data } };
}

/** Asks until it holds. @returns the milliseconds that it took, which it also notes */
export async function measure(
  t: TestContext,
  what: string,
  holds: () => Promise<boolean>,
  limitMs = 30_000,
): Promise<number> {
  const from = performance.now();
  await until(holds, what, limitMs);
  const ms = Math.round(performance.now() - from);
  t.diagnostic(`${what}: ${ms} ms`);
  return ms;
}
