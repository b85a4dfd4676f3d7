import { openTestDatabase } from '../../stores/sql/testing.ts';
import { sqlContract } from '../../stores/sql/contract.suite.ts';
import { fencedSql } from './fence.ts';

sqlContract(
  'fenced',
  async () => {
    const { store, again, ...rest } = await openTestDatabase('sqlite');
    return { ...rest, store: fencedSql(store), again: async () => fencedSql(await again()) };
  },
  { shared: true },
);
