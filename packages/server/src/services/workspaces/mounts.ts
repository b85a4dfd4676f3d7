/** What the roots of workspaces show of other homes: rows, and their ids in memory with the epoch they are at least as new as. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlReader, SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { MountRecord, WorkspaceRecord } from './api.ts';
import * as queries from './queries.ts';
import type { WorkspaceMountRow } from './tables.ts';

export type NewMount = Omit<MountRecord, 'addedAt'>;

interface MountsDeps {
  readonly sql: SqlStore;
  readonly access: Pick<AccessService, 'bumpEpoch' | 'lastEpoch'>;
  readonly clock: Clock;
  readonly receivedBy: (principal: Principal) => Promise<readonly string[]>;
}

export class Mounts {
  readonly #deps: MountsDeps;
  readonly #changed: () => void;
  readonly #known = new LRUCache<string, { readonly ids: readonly string[]; readonly epoch: number }>({
    max: 10_000,
  });

  /** @param changed called after a commit that changed which workspaces have mounts */
  constructor(deps: MountsDeps, changed: () => void) {
    this.#deps = deps;
    this.#changed = changed;
  }

  async ids(context: Context, workspace: WorkspaceRecord): Promise<readonly string[]> {
    const { principal } = context;
    if (!workspace.mounted || principal.userId === null) return [];
    if (workspace.kind === 'received')
      return principal.confined === undefined
        ? this.#deps.receivedBy(principal)
        : [...principal.confined.roots.keys()];
    const epoch = Math.max(principal.epoch, this.#deps.access.lastEpoch());
    const known = this.#known.get(workspace.id);
    if (known !== undefined && known.epoch >= epoch) return known.ids;
    const ids = (await this.of(this.#deps.sql.reader, workspace.id)).map((mount) => mount.nodeId);
    this.#known.set(workspace.id, { ids, epoch });
    return ids;
  }

  async of(reader: SqlReader, workspaceId: string): Promise<readonly MountRecord[]> {
    return (await reader.all(queries.mountsOf, { workspaceId })).map(mountOf);
  }

  async via(reader: SqlReader, via: string): Promise<readonly MountRecord[]> {
    return (await reader.all(queries.mountsVia, { via })).map(mountOf);
  }

  async by(reader: SqlReader, users: readonly string[]): Promise<readonly MountRecord[]> {
    return (await reader.all(queries.mountsBy, { users })).map(mountOf);
  }

  async at(nodes: readonly string[]): Promise<readonly MountRecord[]> {
    if (nodes.length === 0) return [];
    return (await this.#deps.sql.reader.all(queries.mountsAtNodes, { nodes })).map(mountOf);
  }

  async add(tx: SqlTransaction, mount: NewMount): Promise<void> {
    const { workspaceId, nodeId } = mount;
    await this.#deps.access.bumpEpoch(tx);
    if ((await tx.get(queries.mountAt, { workspaceId, nodeId })) !== undefined)
      throw new AppError('conflict', 'it is there already', { details: { reason: 'mounted' } });
    await tx.run(queries.insertMount, { ...mount, at: this.#deps.clock.now() });
    await tx.run(queries.setMounted, { id: workspaceId, mounted: 1 });
    tx.afterCommit(this.#changed);
  }

  async remove(tx: SqlTransaction, workspaceId: string, nodeId: string): Promise<boolean> {
    await this.#deps.access.bumpEpoch(tx);
    if ((await tx.get(queries.mountAt, { workspaceId, nodeId })) === undefined) return false;
    await tx.run(queries.deleteMount, { workspaceId, nodeId });
    const left = await tx.all(queries.mountsOf, { workspaceId });
    await tx.run(queries.setMounted, { id: workspaceId, mounted: left.length > 0 ? 1 : 0 });
    tx.afterCommit(this.#changed);
    return true;
  }

  async lean(
    tx: SqlTransaction,
    mount: Pick<MountRecord, 'workspaceId' | 'nodeId' | 'via' | 'until'>,
  ): Promise<void> {
    const { workspaceId, nodeId, via, until } = mount;
    await tx.run(queries.changeMountWay, { workspaceId, nodeId, via, until });
  }

  async give(tx: SqlTransaction, from: string, to: string | null): Promise<void> {
    await tx.run(queries.giveMounts, { from, to });
  }
}

function mountOf(row: WorkspaceMountRow): MountRecord {
  return {
    workspaceId: row.workspace_id,
    nodeId: row.node_id,
    addedBy: row.added_by,
    addedAt: row.added_at,
    allow: row.allow,
    via: row.via,
    until: row.ends_at,
  };
}
