import { describe } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { registrySuite } from '../contract.suite.ts';
import { registryEtcdDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
const server = await sharedServer('etcd');

if (server === null) describe('registry: etcd', { skip: 'no etcd on this machine' });
else
  registrySuite(
    'etcd',
    (place) => registryEtcdDriver.open(parseStoreUrl(`${server.url}/${place}?ttl=2`), deps),
    { leaseTtlMs: 2_000, nodeTtlMs: 2_000 },
  );
