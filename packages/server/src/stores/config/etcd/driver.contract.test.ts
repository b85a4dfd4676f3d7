import { describe } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { configSuite } from '../contract.suite.ts';
import { configEtcdDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
const server = await sharedServer('etcd');

if (server === null) describe('config: etcd', { skip: 'no etcd on this machine' });
else
  configSuite('etcd', (place) => configEtcdDriver.open(parseStoreUrl(`${server.url}/${place}`), deps), {
    survivesReopen: true,
  });
