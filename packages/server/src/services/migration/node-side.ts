/** What a node has to know of a move: not to serve from half-filled stores, and to leave settings alone while they are copied. */
import { AppError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RegistryStore } from '../../stores/registry/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import { readMoved, refuseUnfilled, setMovedPhase, strayOf, takeOver, type Places } from './moved.ts';
import { readSide } from './state.ts';

/**
 * @param quiet a command, which may look into a backup
 * @throws conflict where these stores are still being filled, or are a backup
 */
export async function refuseHalfFilled(sql: SqlStore, log: Logger, quiet: boolean): Promise<void> {
  const target = await readSide(sql.reader, 'target');
  if (target?.phase === 'backup') {
    if (quiet) return;
    throw new AppError(
      'conflict',
      `this is a backup of ${target.peer}, from which no node serves: "volvox restore" brings it to other stores`,
    );
  }
  if (target !== undefined && target.phase !== 'done')
    throw new AppError(
      'conflict',
      `these stores are being filled by "volvox ${target.phase === 'restoring' ? 'restore' : 'migrate'}" from ${target.peer}: let it finish before a node starts here`,
    );
  const source = await readSide(sql.reader, 'source');
  if (source?.phase === 'frozen' || source?.phase === 'done')
    log.warn(
      { to: source.peer, phase: source.phase },
      'everything here is read-only: it is being moved, or was ("volvox migrate --abort" ends that)',
    );
}

const mostWaitMs = 60_000;
const waitMs = 1_000;

export interface StartingNode {
  readonly stores: { readonly sql: SqlStore; readonly registry: Pick<RegistryStore, 'nodes'> };
  readonly log: Logger;
  readonly clock: Clock;
  /** A command, which changes nothing. */
  readonly quiet?: boolean;
  /** For tests. */
  readonly mostWaitMs?: number;
}

/**
 * Where stores were moved while the database stayed: a node on the old ones does not start, the first on the new ones lets people write
 * again. Nodes that still work on the old ones are told to end first, and waited for. One on stores that are still being filled does not start.
 * @returns the node's places as they were recorded, where they were: the same on all nodes, however each spells its URLs
 * @throws conflict
 */
export async function settleMove(node: StartingNode, own: Places): Promise<Places> {
  const { sql, registry } = node.stores;
  if (node.quiet !== true) await refuseUnfilled(sql.reader, own);
  const moved = await readMoved(sql.reader);
  if (moved === null) return own;
  const stray = strayOf(moved, own);
  if (stray !== null) throw stray;
  const places = { ...own, ...moved.places };
  if (node.quiet === true || moved.row.phase === 'taken') return places;
  await setMovedPhase(sql, 'taking', node.clock.now());
  const most = node.mostWaitMs ?? mostWaitMs;
  // Nodes on the old stores are in the old registry: then they get all the time there is.
  const unseen = moved.places['registry'] !== undefined;
  for (let waited = 0; waited < most && (unseen || (await hasNodes(registry))); waited += waitMs) {
    if (waited % 10_000 === 0)
      node.log.warn({ waited }, 'waiting: nodes on the stores that were moved have to end first');
    await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, most)));
  }
  // Another node on the new stores may have been faster: by now there may be a guard that is not ours to lift.
  const now = await readMoved(sql.reader);
  if (now?.row.id !== moved.row.id || now.row.phase === 'taken') return places;
  await takeOver(sql, moved, node.clock.now());
  node.log.warn({ stores: Object.keys(moved.places) }, 'stores were moved: this node takes changes again');
  return places;
}

/** Without an answer there may be some. */
async function hasNodes(registry: Pick<RegistryStore, 'nodes'>): Promise<boolean> {
  const nodes = await registry.nodes().catch(() => null);
  return nodes === null || nodes.length > 0;
}

/** @returns why a running node has to end: another one has taken over on the stores that were moved */
export async function leftBehind(sql: SqlStore, own: Places): Promise<AppError | null> {
  const moved = await readMoved(sql.reader);
  return moved === null || moved.row.phase === 'moved' ? null : strayOf(moved, own);
}

/** Settings lie in another store than the one that is guarded. */
export function holdSettings(settings: SettingsService, sql: SqlStore): SettingsService {
  return {
    ...settings,
    async set(key, value, options) {
      await requireWritable(sql);
      return settings.set(key, value, options);
    },
    async unset(key, actor) {
      await requireWritable(sql);
      await settings.unset(key, actor);
    },
  };
}

/** So do secrets: one that was kept after they were copied would stay behind. */
export function holdVault(vault: VaultStore, sql: SqlStore): VaultStore {
  return {
    get: (name) => vault.get(name),
    async put(name, value, options) {
      await requireWritable(sql);
      await vault.put(name, value, options);
    },
    async delete(name) {
      await requireWritable(sql);
      await vault.delete(name);
    },
    list: (prefix) => vault.list(prefix),
    rotate: () => vault.rotate(),
    ping: () => vault.ping(),
    close: () => vault.close(),
  };
}

/** @throws read_only while everything is being moved, and after it on what was left */
async function requireWritable(sql: SqlStore): Promise<void> {
  const source = await readSide(sql.reader, 'source');
  if (source?.phase !== 'frozen' && source?.phase !== 'done') return;
  throw new AppError('read_only', 'the server is being moved to other stores: it can be read, not changed', {
    details: { retryAfter: 30 },
  });
}
