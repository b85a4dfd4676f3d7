/** What other packages may use of the server: starting a node and the bootstrap settings. */
export type { Bootstrap } from './bootstrap.ts';
export { variables } from './variables.ts';
export { abortMigration, migrateTo, type MigrateOptions, type MigratePlan } from './migrate.ts';
export type { MigrationReport, Progress as MigrationProgress } from '../services/migration/api.ts';
export { backUp, restore, type BackupReport, type BackupRun, type RestoreReport } from './backup.ts';
export { verifyAuditFile, type FileVerdict } from '../services/audit/verify-file.ts';
export { openLocal, type Local } from './local.ts';
export { startNode, type Node } from './node.ts';
export { readBootstrap } from './read-bootstrap.ts';
export { setUpFrom, type SetUpResult } from './set-up.ts';
export { version } from './version.ts';
