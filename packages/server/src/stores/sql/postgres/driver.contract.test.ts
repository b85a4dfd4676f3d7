import { describe } from 'node:test';
import { sharedServer } from '../../../testing/servers/index.ts';
import { sqlContract } from '../contract.suite.ts';
import { openTestDatabase } from '../testing.ts';

if ((await sharedServer('postgres')) === null)
  describe('sql: postgres', { skip: 'no PostgreSQL on this machine' }, () => {});
else sqlContract('postgres', () => openTestDatabase('postgres'), { shared: true });
