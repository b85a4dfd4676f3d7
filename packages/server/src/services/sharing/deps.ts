import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { AuditService } from '../audit/api.ts';
import type { ContentsService } from '../contents/api.ts';
import type { IdentityService, PrincipalReloader, SecretKeeper } from '../identity/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { MailService } from '../mail/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { TreeService } from '../tree/api.ts';

export interface SharingDeps {
  readonly sql: SqlStore;
  readonly access: Pick<AccessService, 'require' | 'bumpEpoch' | 'epoch' | 'current' | 'decide'>;
  readonly identity: Pick<IdentityService, 'names' | 'user' | 'onUserRemoved'> &
    Pick<PrincipalReloader, 'principalAs'> &
    SecretKeeper;
  readonly journal: Pick<JournalService, 'append' | 'follow'>;
  readonly tree: Pick<TreeService, 'locate' | 'locateMany' | 'ensureFolders'>;
  readonly contents: Pick<ContentsService, 'stream'>;
  readonly mail: Pick<MailService, 'enqueue'>;
  readonly audit: Pick<AuditService, 'keep'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** VOLVOX_URL: what addresses in mails begin with; null where it is not told. */
  readonly publicUrl: string | null;
}
