/** The wire contract of Volvox: error codes, schemas and routes. Depends on the schema library only. */
import { ruleRoutes } from './routes-rules.ts';
import { policyRoutes } from './routes-policies.ts';
import { accountRoutes } from './routes-account.ts';
import { userRoutes } from './routes-users.ts';
import { adminRoutes } from './routes-admin.ts';
import { auditRoutes } from './routes-audit.ts';
import { directoryRoutes } from './routes-directory.ts';
import { roleRoutes } from './routes-roles.ts';
import { teamRoutes } from './routes-teams.ts';
import { peopleRoutes } from './routes-people.ts';
import { workspaceRoutes } from './routes-workspaces.ts';
import { nodeRoutes } from './routes-nodes.ts';
import { changeRoutes } from './routes-changes.ts';
import { mailRoutes } from './routes-mail.ts';
import { shareRoutes } from './routes-shares.ts';
import { cellRoutes } from './routes-cells.ts';
import { adminWorkspaceRoutes } from './routes-admin-workspaces.ts';
import { linkRoutes } from './routes-links.ts';
import { visitRoutes } from './routes-visits.ts';
import { connectorRoutes } from './routes-connectors.ts';
import { oidcRoutes } from './routes-oidc.ts';
import { signInRoutes } from './routes-signin.ts';
import { factorRoutes } from './routes-factors.ts';
import { recoveryRoutes } from './routes-recovery.ts';

export * from './errors.ts';
export * from './route.ts';
export * from './schemas.ts';
export * from './schemas-cluster.ts';
export * from './schemas-directory.ts';
export * from './schemas-passkeys.ts';
export * from './routes-rules.ts';
export * from './routes-policies.ts';
export * from './routes-account.ts';
export * from './routes-users.ts';
export * from './routes-admin.ts';
export * from './routes-audit.ts';
export * from './routes-directory.ts';
export * from './routes-roles.ts';
export * from './routes-teams.ts';
export * from './routes-people.ts';
export * from './routes-workspaces.ts';
export * from './routes-nodes.ts';
export * from './routes-changes.ts';
export * from './routes-links.ts';
export * from './routes-visits.ts';
export * from './routes-mail.ts';
export * from './routes-shares.ts';
export * from './routes-cells.ts';
export * from './routes-admin-workspaces.ts';
export * from './routes-oidc.ts';
export * from './routes-connectors.ts';
export * from './routes-signin.ts';
export * from './routes-factors.ts';
export * from './routes-recovery.ts';

/** Every REST route but the tus uploads, whose contract is tus 1.0 itself. */
export const routes = {
  ...ruleRoutes,
  ...policyRoutes,
  ...accountRoutes,
  ...userRoutes,
  ...directoryRoutes,
  ...roleRoutes,
  ...teamRoutes,
  ...peopleRoutes,
  ...workspaceRoutes,
  ...nodeRoutes,
  ...changeRoutes,
  ...linkRoutes,
  ...visitRoutes,
  ...shareRoutes,
  ...cellRoutes,
  ...adminWorkspaceRoutes,
  ...oidcRoutes,
  ...connectorRoutes,
  ...signInRoutes,
  ...factorRoutes,
  ...recoveryRoutes,
  ...mailRoutes,
  ...auditRoutes,
  ...adminRoutes,
} as const;
export type Routes = typeof routes;
