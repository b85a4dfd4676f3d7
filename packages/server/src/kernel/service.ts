import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { StoreUrl } from './store-url.ts';

/** What `start` of a service returns: its api, and how to stop it. Boot stops in reverse order with a deadline. */
export interface Started<Api> {
  readonly api: Api;
  stop(): Promise<void>;
}

/** Ends the last first, and all of them even where one fails. @throws the first failure, when all have ended */
export async function endInReverse(ends: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends.toReversed()) await end().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** A driver is pure data until `open`; vendor packages load inside it. */
export interface Driver<Store, Deps = DriverDeps> {
  readonly scheme: string;
  /** Query parameters of its URL, each with its meaning; unknown ones are refused before anything is opened. */
  readonly parameters: Readonly<Record<string, string>>;
  open(url: StoreUrl, deps: Deps): Promise<Store>;
}

export interface DriverDeps {
  readonly log: Logger;
  readonly clock: Clock;
  /** `full`: acknowledged means on the disk. `relaxed`: a power cut may lose the last seconds. */
  readonly durability: 'full' | 'relaxed';
}

/** Health of a store, as `/readyz` and `volvox status` show it. Every store contract has `ping()` returning this. */
export interface StoreHealth {
  /** Server or library version, where known. */
  readonly version: string | null;
}
