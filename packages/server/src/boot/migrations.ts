/** The schema as a whole. */
import type { Migration } from '../stores/sql/contract.ts';
import { accessMigrations } from '../services/access/migrations.ts';
import { auditMigrations } from '../services/audit/migrations.ts';
import { collaborationMigrations } from '../services/collaboration/migrations.ts';
import { connectorsMigrations } from '../services/connectors/migrations.ts';
import { contentsMigrations } from '../services/contents/migrations.ts';
import { identityMigrations } from '../services/identity/migrations.ts';
import { jobsMigrations } from '../services/jobs/migrations.ts';
import { journalMigrations } from '../services/journal/migrations.ts';
import { locksMigrations } from '../services/locks/migrations.ts';
import { mailMigrations } from '../services/mail/migrations.ts';
import { migrationMigrations } from '../services/migration/migrations.ts';
import { oidcMigrations } from '../services/oidc/migrations.ts';
import { sharingMigrations } from '../services/sharing/migrations.ts';
import { treeMigrations } from '../services/tree/migrations.ts';
import { uploadsMigrations } from '../services/uploads/migrations.ts';
import { workspacesMigrations } from '../services/workspaces/migrations.ts';

/** Every migration of every service, in the order of application. */
export const migrations: readonly Migration[] = [
  ...journalMigrations,
  ...jobsMigrations,
  ...accessMigrations,
  ...identityMigrations,
  ...workspacesMigrations,
  ...collaborationMigrations,
  ...contentsMigrations,
  ...treeMigrations,
  ...locksMigrations,
  ...uploadsMigrations,
  ...oidcMigrations,
  ...connectorsMigrations,
  ...sharingMigrations,
  ...migrationMigrations,
  ...mailMigrations,
  ...auditMigrations,
].sort((a, b) => (a.name < b.name ? -1 : 1));
