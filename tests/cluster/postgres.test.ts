/** Three nodes on all external servers with PostgreSQL behind a balancer, under load, while nodes and servers fail in random order. */
import { clusterTest } from './cluster-test.ts';
import { some } from './plans.ts';

clusterTest({
  sql: 'postgres',
  choose: some,
  durations: { serverMs: 2_500, frozenNodeMs: 17_000 },
  capacityRounds: 60,
});
