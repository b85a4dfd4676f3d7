import { skipReason } from '../../../testing/servers/index.ts';
import { failoverSuite } from '../failover.suite.ts';
import { PostgresPair } from './fixtures.ts';

failoverSuite('postgres', skipReason('postgres'), () => PostgresPair.start());
