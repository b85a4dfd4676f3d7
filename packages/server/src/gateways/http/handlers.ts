import type { Handlers } from './handler.ts';
import { accessHandlers } from './resources/access.ts';
import { activityHandlers } from './resources/activity.ts';
import { adminHandlers } from './resources/admin.ts';
import { auditHandlers } from './resources/audit.ts';
import { cellHandlers } from './resources/cells.ts';
import { changeHandlers } from './resources/changes.ts';
import { contentHandlers } from './resources/contents.ts';
import { linkHandlers } from './resources/links.ts';
import { directoryHandlers } from './resources/directory.ts';
import { mailHandlers } from './resources/mail.ts';
import { nodeHandlers } from './resources/nodes.ts';
import { connectorHandlers } from './resources/connectors.ts';
import { oidcHandlers } from './resources/oidc.ts';
import { policyHandlers } from './resources/policies.ts';
import { shareHandlers } from './resources/shares.ts';
import { searchHandlers } from './resources/search.ts';
import { sessionHandlers } from './resources/session.ts';
import { signInHandlers } from './resources/factors.ts';
import { settingHandlers } from './resources/settings.ts';
import { setupHandlers } from './resources/setup.ts';
import { trashHandlers } from './resources/trash.ts';
import { userTokenHandlers } from './resources/user-tokens.ts';
import { userHandlers } from './resources/users.ts';
import { versionHandlers } from './resources/versions.ts';
import { workspaceHandlers } from './resources/workspaces.ts';
import type { RestDeps } from './rest-deps.ts';

/** Every route of the contract has its handler here, or this does not compile. */
export function createHandlers(deps: RestDeps): Handlers {
  const { services } = deps;
  return {
    ...setupHandlers(deps),
    ...settingHandlers(services),
    ...mailHandlers(services),
    ...auditHandlers(services),
    ...sessionHandlers(services),
    ...signInHandlers(deps),
    ...userHandlers(services),
    ...directoryHandlers(services),
    ...workspaceHandlers(services),
    ...nodeHandlers(services),
    ...shareHandlers(services),
    ...cellHandlers(services),
    ...linkHandlers(services),
    ...contentHandlers(services),
    ...trashHandlers(services),
    ...versionHandlers(services),
    ...accessHandlers(services),
    ...policyHandlers(services),
    ...changeHandlers(deps),
    ...searchHandlers(services),
    ...activityHandlers(services),
    ...adminHandlers(services),
    ...oidcHandlers(services),
    ...connectorHandlers(services),
    ...userTokenHandlers(services),
  };
}
