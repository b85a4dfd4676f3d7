import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { StoreUrl } from './store-url.ts';

/** What `start` of a service returns: its api, and how to stop it. Boot stops in reverse order with a deadline. */
export interface Started<Api> {
  readonly api: Api;
  stop(): Promise<void>;
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
