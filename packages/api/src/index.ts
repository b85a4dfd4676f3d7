/** The wire contract of Volvox: error codes, schemas and routes. Depends on the schema library only. */
import { accountRoutes } from './routes-account.ts';
import { adminRoutes } from './routes-admin.ts';
import { fileRoutes } from './routes-files.ts';

export * from './errors.ts';
export * from './route.ts';
export * from './schemas.ts';
export * from './routes-account.ts';
export * from './routes-admin.ts';
export * from './routes-files.ts';

/** Every REST route but the tus uploads, whose contract is tus 1.0 itself. */
export const routes = { ...accountRoutes, ...fileRoutes, ...adminRoutes } as const;
export type Routes = typeof routes;
