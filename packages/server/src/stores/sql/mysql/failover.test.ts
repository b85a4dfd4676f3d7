import { skipReason } from '../../../testing/servers/index.ts';
import { failoverSuite } from '../failover.suite.ts';
import { MariadbPair } from './fixtures.ts';

failoverSuite('mysql', skipReason('mariadb'), () => MariadbPair.start());
