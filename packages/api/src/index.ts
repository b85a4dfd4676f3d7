/** The wire contract of Volvox: error codes, schemas and routes. Depends on the schema library only. */
import { accessRoutes } from './routes-access.ts';
import { accountRoutes } from './routes-account.ts';
import { adminRoutes } from './routes-admin.ts';
import { auditRoutes } from './routes-audit.ts';
import { directoryRoutes } from './routes-directory.ts';
import { fileRoutes } from './routes-files.ts';
import { mailRoutes } from './routes-mail.ts';
import { sharingRoutes } from './routes-sharing.ts';
import { linkRoutes } from './routes-links.ts';
import { connectorRoutes } from './routes-connectors.ts';
import { oidcRoutes } from './routes-oidc.ts';
import { signInRoutes } from './routes-signin.ts';

export * from './errors.ts';
export * from './route.ts';
export * from './schemas.ts';
export * from './schemas-directory.ts';
export * from './routes-access.ts';
export * from './routes-account.ts';
export * from './routes-admin.ts';
export * from './routes-audit.ts';
export * from './routes-directory.ts';
export * from './routes-files.ts';
export * from './routes-links.ts';
export * from './routes-mail.ts';
export * from './routes-sharing.ts';
export * from './routes-oidc.ts';
export * from './routes-connectors.ts';
export * from './routes-signin.ts';

/** Every REST route but the tus uploads, whose contract is tus 1.0 itself. */
export const routes = {
  ...accessRoutes,
  ...accountRoutes,
  ...directoryRoutes,
  ...fileRoutes,
  ...linkRoutes,
  ...sharingRoutes,
  ...oidcRoutes,
  ...connectorRoutes,
  ...signInRoutes,
  ...mailRoutes,
  ...auditRoutes,
  ...adminRoutes,
} as const;
export type Routes = typeof routes;
