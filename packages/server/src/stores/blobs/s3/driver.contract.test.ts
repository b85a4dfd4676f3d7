import { sharedServer } from '../../../testing/servers/index.ts';
import { suite } from 'node:test';
import { blobStoreSuite } from '../contract.suite.ts';
import { leaveUpload, openStore, removeAll, urlOn } from './testing.ts';

const server = await sharedServer('s3');
if (server === null) suite('blobs: s3', { skip: 'no S3 server on this machine' }, () => {});
else
  blobStoreSuite('s3', async () => {
    const url = urlOn(server);
    const store = await openStore(url);
    return {
      store,
      leaveLeftover: async () => void (await leaveUpload(url)),
      dispose: async () => {
        await store.close();
        await removeAll(url);
      },
    };
  });
