/** What every verb of the tree works with. */
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { ContentsService } from '../contents/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { TreeBoundLocks } from '../locks/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import type { Counts } from './counts.ts';
import type { Charging, Quotas } from './quota.ts';
import type { Sizes } from './sizes.ts';

export interface TreeDeps {
  readonly sql: SqlStore;
  readonly journal: Pick<JournalService, 'append' | 'head' | 'read'>;
  readonly access: Pick<AccessService, 'decide' | 'decideChildren' | 'require'>;
  readonly contents: Pick<ContentsService, 'discard' | 'attach' | 'release' | 'share' | 'chunksOf'>;
  readonly locks: Pick<TreeBoundLocks, 'require' | 'removeFor' | 'bindTree'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly workspaceOfRoot: (rootId: string) => Promise<WorkspaceRecord | null>;
  /** Of many at once; what is the root of no workspace is left out. */
  readonly workspacesOfRoots: (rootIds: readonly string[]) => Promise<ReadonlyMap<string, WorkspaceRecord>>;
  /** Of a workspace with mounts: what it shows of other homes. */
  readonly mountIds: (context: Context, workspace: WorkspaceRecord) => Promise<readonly string[]>;
}

export interface Tree extends TreeDeps {
  readonly sizes: Sizes;
  readonly quotas: Quotas;
  readonly counts: Counts;
}

/** One write under way. */
export interface Write extends Charging {
  readonly tx: SqlTransaction;
  readonly context: Context;
}
