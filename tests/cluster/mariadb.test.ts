/** The same as with PostgreSQL, with MariaDB: nodes die and drain, and what stops nodes goes away. */
import { clusterTest } from './cluster-test.ts';
import { few } from './plans.ts';

clusterTest({
  sql: 'mariadb',
  choose: few,
  durations: { serverMs: 2_500, frozenNodeMs: 17_000 },
  capacityRounds: 0,
});
