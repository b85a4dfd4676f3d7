import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { parseStoreUrl } from '../kernel/store-url.ts';
import { configMemoryDriver } from '../stores/config/memory/driver.ts';
import { vaultMemoryDriver } from '../stores/vault/memory/driver.ts';
import { readBootstrap } from './read-bootstrap.ts';
import { recordedUrls, recordUrls, replaceUrls } from './recorded-stores.ts';

const cluster = { VOLVOX_CONFIG: 'etcd://h:1/v', VOLVOX_VAULT: 'vault://h:2/secret/v' };
const warnings: string[] = [];
const log: Logger = {
  debug: () => {},
  info: () => {},
  warn: (_fields, message) => void warnings.push(message),
  error: () => {},
  child: () => log,
};

async function records() {
  const deps = { log, clock: systemClock, durability: 'full' as const };
  return {
    config: await configMemoryDriver.open(parseStoreUrl('memory:'), deps),
    vault: await vaultMemoryDriver.open(parseStoreUrl('memory:'), deps),
  };
}

test('the first node records what it was given; a further one finds it, secrets and all, and the configuration shows none', async () => {
  const stores = await records();
  const environment = {
    ...cluster,
    VOLVOX_SQL: 'postgres://me:hunter2@a/db',
    VOLVOX_BLOBS: 's3://bucket/p?endpoint=http://h:9',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'hunter3/+',
  };
  const first = { ...environment, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  await recordUrls(readBootstrap(first, {}, 'a'), environment, stores, log);
  const urls = await recordedUrls(readBootstrap(cluster, {}, 'b'), stores);
  assert.deepEqual(
    [urls.sql.password, urls.blobs.username, urls.blobs.password],
    ['hunter2', 'id', 'hunter3/+'],
  );
  assert.doesNotMatch(JSON.stringify((await stores.config.list('')).entries), /hunter/);
});

test('another store is warned of; after a migration it is the one that counts', async () => {
  const stores = await records();
  const given = (host: string) =>
    readBootstrap({ ...cluster, VOLVOX_SQL: `postgres://me:hunter2@${host}/db` }, {}, host);
  await recordUrls(given('a'), {}, stores, log);
  await recordUrls(given('b'), {}, stores, log);
  assert.equal(warnings.length, 1);
  const hostOf = async () => (await recordedUrls(readBootstrap(cluster, {}, 'c'), stores)).sql.hosts[0]?.host;
  assert.equal(await hostOf(), 'a');
  await replaceUrls(given('b'), {}, stores);
  assert.equal(await hostOf(), 'b');
});
