import { describe } from 'node:test';
import { sharedServer } from '../../../testing/servers/index.ts';
import { sqlContract } from '../contract.suite.ts';
import { openTestDatabase } from '../testing.ts';

if ((await sharedServer('mariadb')) === null) describe('sql: mysql', { skip: 'no MariaDB here' }, () => {});
else sqlContract('mysql', () => openTestDatabase('mysql'), { shared: true });
