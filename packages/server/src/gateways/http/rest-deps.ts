import type { Services } from '../contract.ts';
import type { LiveUpdates } from '../live/live-updates.ts';
import type { Authenticator } from './authentication.ts';
import type { SetupGate } from './setup-gate.ts';

/** What the REST gateway is made of. */
export interface RestDeps {
  readonly services: Services;
  readonly authenticator: Authenticator;
  readonly gate: SetupGate;
  readonly live: LiveUpdates;
  readonly version: string;
  /** VOLVOX_URL, where it is set. */
  readonly publicUrl?: string;
}
