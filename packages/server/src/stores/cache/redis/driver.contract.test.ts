import { describe } from 'node:test';
import { sharedServer } from '../../../testing/servers/index.ts';
import { cacheSuite } from '../contract.suite.ts';
import { openRedis } from './testing.ts';

const server = await sharedServer('redis');
if (server === null) describe('cache: redis', { skip: 'no Redis server to be had' }, () => {});
else cacheSuite('redis', (place) => openRedis(`${server.url}?prefix=${place}:`), { ttlMs: 100 });
