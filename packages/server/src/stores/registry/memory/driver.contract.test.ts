import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { registrySuite } from '../contract.suite.ts';
import { registryMemoryDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
const open = (place: string) => registryMemoryDriver.open(parseStoreUrl(`memory:${place}?ttl=0.4`), deps);

registrySuite('memory', open, { leaseTtlMs: 400, nodeTtlMs: 400 });
