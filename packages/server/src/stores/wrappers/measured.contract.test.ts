import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { blobStoreSuite } from '../blobs/contract.suite.ts';
import { fileBlobs } from '../blobs/file/driver.ts';
import { documentsSuite } from '../documents/contract.suite.ts';
import { sqliteDocuments } from '../documents/sqlite/driver.ts';
import { sqlContract } from '../sql/contract.suite.ts';
import type { SqlStore } from '../sql/contract.ts';
import { sqliteDriver } from '../sql/sqlite/driver.ts';
import { measuredBlobs } from './measured-blobs.ts';
import { measuredDocuments } from './measured-documents.ts';
import { measuredSql } from './measured-sql.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
const meter = { clock: systemClock, record: () => {} };
const makeFolder = (): Promise<string> => mkdtemp(path.join(os.tmpdir(), 'volvox-measured-'));

blobStoreSuite('measured', async () => {
  const folder = await makeFolder();
  const store = measuredBlobs(await fileBlobs.open(parseStoreUrl(`file:${folder}`), deps), meter);
  const leaveLeftover = (): Promise<void> => writeFile(path.join(folder, 'tmp', newId()), 'half');
  const dispose = async (): Promise<void> => {
    await store.close();
    await rm(folder, { recursive: true });
  };
  return { store, leaveLeftover, dispose };
});

documentsSuite('measured', async () => {
  const folder = await makeFolder();
  const url = parseStoreUrl(`sqlite:${folder}/documents.db`);
  const store = measuredDocuments(await sqliteDocuments.open(url, deps), meter);
  const dispose = async (): Promise<void> => {
    await store.close();
    await rm(folder, { recursive: true });
  };
  return { store, dispose };
});

sqlContract(
  'measured',
  async () => {
    const folder = await makeFolder();
    const url = `sqlite:${path.join(folder, 'x.db')}`;
    const stores: SqlStore[] = [];
    const again = async (): Promise<SqlStore> => {
      const store = measuredSql(await sqliteDriver.open(parseStoreUrl(url), deps), meter);
      stores.push(store);
      return store;
    };
    const remove = async (): Promise<void> => {
      await Promise.all(stores.map((store) => store.close()));
      await rm(folder, { recursive: true });
    };
    return { store: await again(), url, again, remove };
  },
  { shared: true },
);
