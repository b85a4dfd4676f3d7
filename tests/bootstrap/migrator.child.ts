/** A node that stands still in the middle of the migration which VOLVOX_TEST_HANG_IN names: after its first statement, before that is noted. */
import { readBootstrap, startNode } from '@volvox/server';
import { armPoint } from '../../packages/server/src/kernel/fault-points.ts';

const name = process.env['VOLVOX_TEST_HANG_IN'] ?? '';
await startNode(readBootstrap(process.env, {}, 'test'), {
  write(line) {
    process.stdout.write(line);
    if (line.includes(`"migration":"${name}"`)) armPoint('sql.migrate.before-note', 'hang');
  },
});
