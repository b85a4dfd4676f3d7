import { definePoint } from '../../kernel/fault-points.ts';

/** Between rows and commit; between commit and answer; before a large copy is attached; between batches of a purge. */
export const beforePutCommit = definePoint('tree.put.before-commit');
export const afterPutCommit = definePoint('tree.put.after-commit');
export const copyStaged = definePoint('tree.copy.staged');
export const afterPurgeBatch = definePoint('tree.purge.after-batch');
