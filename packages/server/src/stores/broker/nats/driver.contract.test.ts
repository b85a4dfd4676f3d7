import { describe } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { brokerSuite } from '../contract.suite.ts';
import { brokerNatsDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;

const server = await sharedServer('nats');
if (server === null) describe('broker: nats', { skip: 'no NATS server to be had' }, () => {});
else
  brokerSuite('nats', (place) => brokerNatsDriver.open(parseStoreUrl(`${server.url}/${place}`), deps), {
    flood: 3_000,
  });
