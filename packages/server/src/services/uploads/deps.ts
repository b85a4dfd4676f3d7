import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { ContentsService } from '../contents/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { TreeService } from '../tree/api.ts';

export interface UploadsDeps {
  readonly sql: SqlStore;
  readonly tree: Pick<TreeService, 'locate' | 'below' | 'usage' | 'ensureFolders' | 'putFile'>;
  readonly contents: Pick<ContentsService, 'write' | 'discard' | 'attach' | 'release' | 'chunksOf'>;
  readonly access: Pick<AccessService, 'current'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly log: Logger;
}
