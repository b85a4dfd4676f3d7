import { test } from 'node:test';
import { sharedServer } from '../../../testing/servers/index.ts';
import { documentsSuite } from '../contract.suite.ts';
import { searchOracle } from '../search-oracle.suite.ts';
import { openFresh } from './fixtures.ts';

const server = await sharedServer('mongodb');

if (server === null) {
  test('documents: mongodb', (t) => t.skip('no MongoDB here: npm test fetches one'));
} else {
  documentsSuite('mongodb', () => openFresh(server.url));
  searchOracle('mongodb', () => openFresh(server.url), 60);
}
