import { readSettings, type Bootstrap, type Environment } from './bootstrap.ts';
import { checkStoreUrl } from './stores.ts';

/** Reads what a node needs before its configuration, checked against the drivers that there are. @throws invalid_input with every fault */
export function readBootstrap(environment: Environment, flags: Environment, hostName: string): Bootstrap {
  return readSettings(environment, flags, hostName, checkStoreUrl);
}
