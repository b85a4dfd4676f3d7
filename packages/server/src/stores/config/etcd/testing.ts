/** What the tests of this driver share. */
import type { TestContext } from 'node:test';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { keptLog } from '../../clients/etcd/testing.ts';
import type { ConfigStore } from '../contract.ts';
import type { Watcher } from '../watch.suite.ts';
import { configEtcdDriver } from './driver.ts';

/** Closed with the test. */
export async function open(t: TestContext, url: string, { deps } = keptLog()): Promise<ConfigStore> {
  const store = await configEtcdDriver.open(parseStoreUrl(url), deps);
  t.after(() => store.close());
  return store;
}

export const valuesOf = (watcher: Watcher) => watcher.changes.map((change) => change.value);
