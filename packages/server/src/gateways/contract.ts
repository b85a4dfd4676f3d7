import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../kernel/logger.ts';
import type { AccessService } from '../services/access/api.ts';
import type { ActivityService } from '../services/activity/api.ts';
import type { AuditService } from '../services/audit/api.ts';
import type { CollaborationService } from '../services/collaboration/api.ts';
import type { ConnectorsService } from '../services/connectors/api.ts';
import type { ContentsService } from '../services/contents/api.ts';
import type { ClientInfo, IdentityService } from '../services/identity/api.ts';
import type { JobsService } from '../services/jobs/api.ts';
import type { JournalService } from '../services/journal/api.ts';
import type { LocksService } from '../services/locks/api.ts';
import type { MailService } from '../services/mail/api.ts';
import type { OidcService } from '../services/oidc/api.ts';
import type { OperationsService } from '../services/operations/api.ts';
import type { SearchService } from '../services/search/api.ts';
import type { SettingsService } from '../services/settings/api.ts';
import type { SharingService } from '../services/sharing/api.ts';
import type { TreeService } from '../services/tree/api.ts';
import type { UploadsService } from '../services/uploads/api.ts';
import type { WorkspacesService } from '../services/workspaces/api.ts';

/** Everything that gateways may call. */
export interface Services {
  readonly access: AccessService;
  readonly activity: ActivityService;
  readonly audit: AuditService;
  readonly collaboration: CollaborationService;
  readonly connectors: ConnectorsService;
  readonly contents: ContentsService;
  readonly identity: IdentityService;
  readonly jobs: JobsService;
  readonly journal: JournalService;
  readonly locks: LocksService;
  readonly mail: MailService;
  readonly oidc: OidcService;
  readonly operations: OperationsService;
  readonly search: SearchService;
  readonly settings: SettingsService;
  readonly sharing: SharingService;
  readonly tree: TreeService;
  readonly uploads: UploadsService;
  readonly workspaces: WorkspacesService;
}

/** A public link by whose address a request came. */
export interface LinkRealm {
  readonly token: string;
  /** What the addresses of this link begin with: `/s/<token>`. */
  readonly base: string;
}

/** A request before any protocol has looked at it. */
export interface GatewayRequest {
  readonly raw: IncomingMessage;
  readonly res: ServerResponse;
  /** In logs, problem documents and the X-Request-Id header. */
  readonly id: string;
  readonly client: ClientInfo;
  /** Aborts when the client goes away before the answer's end, or when the drain's deadline passes. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Set where the request came below `/s/<token>`: whoever asks is a visitor of that link, whatever else it brings along. */
  readonly link?: LinkRealm | null;
  /** The login, set by the gateway once it knows; for the log. */
  user?: string | null;
}

/** A protocol that works on the bare Node request (WebDAV, tus): the HTTP server hands it everything below its prefix. */
export interface RawGateway {
  /** `/dav`; matches itself and everything below. */
  readonly prefix: string;
  /** Also serves visitors of links, below `/s/<token>`. */
  readonly visitors?: true;
  /** Answers in every case, errors included. */
  handle(request: GatewayRequest): Promise<void>;
}
