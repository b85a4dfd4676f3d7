/** Lets faults happen one after another and knows when one is at work. */
import type { Fault } from './faults.ts';
import { pause, poll } from './poll.ts';
import type { Topology } from './topology.ts';
import type { Traffic, Window, WindowReport } from './traffic.ts';

/** What was begun in a fault may end a moment after it, as a transaction whose commit lay in a frozen server's buffer. */
const afterwardsMs = 1_500;
const recoveryLimitMs = 60_000;

export class Weather {
  readonly windows: Window[] = [];
  readonly reports: WindowReport[] = [];
  readonly #topology: Topology;
  readonly #traffic: Traffic;
  #calm: Promise<void> = Promise.resolve();

  constructor(topology: Topology, traffic: Traffic) {
    this.#topology = topology;
    this.#traffic = traffic;
  }

  /** How long the fault of that name has been at work; 0: it is not. */
  lastsMs(name: string): number {
    const window = this.windows.at(-1);
    if (window?.name !== name || window.healedAt < Infinity) return 0;
    return performance.now() - window.from;
  }

  /** Resolves when nothing is at work. */
  quiet = async (): Promise<void> => {
    for (let seen = null; seen !== this.#calm;) {
      seen = this.#calm;
      await seen;
    }
  };

  async bring(fault: Fault, meanwhile: () => Promise<void>): Promise<WindowReport> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#calm = promise;
    const from = performance.now();
    const open = { name: fault.name, tolerance: fault.tolerance, from, healedAt: Infinity, until: Infinity };
    this.windows.push(open);
    try {
      await fault.run(meanwhile);
      open.healedAt = performance.now();
      await this.#recovered(fault);
      await pause(afterwardsMs);
    } finally {
      open.until = performance.now();
      resolve();
    }
    const report = this.#traffic.report(open);
    this.reports.push(report);
    return report;
  }

  /** Where a node was not ready: until it is for as long as the balancer takes to believe it. */
  async #recovered({ name, tolerance }: Fault): Promise<void> {
    const { nodes } = this.#topology;
    let since = tolerance === 'nothing' ? -Infinity : performance.now();
    await poll(
      `all nodes are ready after "${name}"`,
      recoveryLimitMs,
      async () => {
        const ready = await Promise.all(nodes.map((node) => node.isReady()));
        if (ready.includes(false)) since = performance.now();
        return performance.now() - since > 2_200;
      },
      200,
    );
  }
}
