/** A balancer in front of nodes: every request goes to the next one, whoever it is from. */
import { freePort } from '../../packages/server/src/testing/servers/free-port.ts';
import { startBalancer } from '../cluster/balancer.ts';

/** @param urls of the nodes */
export async function balance(
  urls: readonly string[],
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const nodes = urls.map((url, at) => ({ name: `n${at}`, url }));
  const balancer = await startBalancer(await freePort(), nodes);
  let stopped: Promise<void> | null = null;
  return { url: balancer.url, stop: () => (stopped ??= balancer.stop()) };
}
