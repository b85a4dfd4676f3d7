import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { vaultSuite } from '../contract.suite.ts';
import { vaultMemoryDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
const open = (place: string) => vaultMemoryDriver.open(parseStoreUrl(`memory:${place}`), deps);

vaultSuite('memory', open, { survivesReopen: true, openWithWrongKey: null });
