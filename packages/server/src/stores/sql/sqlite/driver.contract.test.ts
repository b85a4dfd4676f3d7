import { sqlContract } from '../contract.suite.ts';
import { openTestDatabase } from '../testing.ts';

for (const durability of ['full', 'relaxed'] as const)
  sqlContract(`sqlite, ${durability}`, () => openTestDatabase('sqlite', durability), { shared: true });
