/** Stores and services for a command on this machine, where no node runs. */
import { systemClock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { endInReverse } from '../kernel/service.ts';
import type { Services } from '../gateways/contract.ts';
import { createMetrics, type Metrics } from '../services/operations/metrics.ts';
import type { Bootstrap } from './bootstrap.ts';
import { defineJobs } from './jobs.ts';
import { createNodeLog } from './logging.ts';
import { isShared } from './recorded-stores.ts';
import { assemble } from './services.ts';
import { shareClock } from './shared-clock.ts';
import { openStores, storeDeps, type Stores } from './stores.ts';
import { version } from './version.ts';

export interface OpenedServices {
  readonly services: Services;
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly log: Logger;
  close(): Promise<void>;
}

/** Without listening, followers or duties of its own; the data folder is locked meanwhile. Stores that are not needed are not opened. */
export async function openServices(bootstrap: Bootstrap): Promise<OpenedServices> {
  const { log } = createNodeLog(
    { ...bootstrap, logLevel: bootstrap.logLevel === 'info' ? 'warn' : bootstrap.logLevel },
    systemClock,
    (line) => void process.stderr.write(line),
  );
  const metrics = createMetrics(version);
  const stops: (() => Promise<void>)[] = [() => Promise.resolve(metrics.stop())];
  const close = (): Promise<void> => endInReverse(stops.splice(0));
  try {
    const { stores, urls, ...opened } = await openStores(
      bootstrap,
      process.env,
      storeDeps(bootstrap, log, systemClock),
      { opened: () => {}, called: metrics.store },
      true,
    );
    stops.push(() => opened.close());
    const shared = await shareClock(stores.sql, systemClock, log);
    stops.push(() => Promise.resolve(shared.stop()));
    const services = await assemble({
      stores,
      urls,
      clock: shared.clock,
      log,
      metrics,
      nodeName: bootstrap.nodeName,
      publicUrl: bootstrap.url,
      state: () => 'starting',
      quiet: true,
    });
    stops.push(() => services.stop());
    // In a cluster a command does what a node does, under the same leases; nobody need know where one runs.
    if (isShared(urls.registry)) defineJobs(services.api, stores.documents, shared.clock);
    return { services: services.api, stores, metrics, log, close };
  } catch (error) {
    await close();
    throw error;
  }
}
