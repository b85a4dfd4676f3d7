/** Rows as the wire contract and the visitors' side have them. */
import type { Link } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import type { OpenLink } from './api.ts';
import type { SharingDeps } from './deps.ts';
import * as queries from './queries.ts';
import { endOf, isDrop, permissionNames, stateOf, type Policies } from './rules.ts';
import type { LinkRow } from './tables.ts';

/** In four statements, however many they are. */
export async function presentLinks(
  { sql, identity, tree, settings, clock }: SharingDeps,
  context: Context,
  rows: readonly LinkRow[],
): Promise<Link[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const roots = Map.groupBy(await sql.reader.all(queries.rootsOfLinks, { ids }), (root) => root.link_id);
  const recipients = Map.groupBy(
    await sql.reader.all(queries.recipientsOfLinks, { ids }),
    (recipient) => recipient.link_id,
  );
  const names = await identity.names([...new Set(rows.map((row) => row.owner_id))]);
  const nodeIds = [...roots.values()].flat().map((root) => root.node_id);
  const located = new Map(
    (await tree.locateMany(context, nodeIds))
      .filter((found) => found.trashed === null)
      .map((found) => [found.node.id, found]),
  );
  return rows.map((row) => ({
    ...settingsOf(row),
    id: row.id,
    token: row.token,
    custom: row.custom === 1,
    owner: { id: row.owner_id, displayName: names.get(row.owner_id) ?? '' },
    roots: (roots.get(row.id) ?? []).flatMap((root) => {
      const found = located.get(root.node_id);
      if (found === undefined) return [];
      return [{ id: found.node.id, name: found.names.at(-1) ?? found.workspace.name, kind: found.node.kind }];
    }),
    hasPassword: row.password_hash !== null,
    recipients: (recipients.get(row.id) ?? []).map(({ email, sent_at }) => ({ email, sentAt: sent_at })),
    disabled: row.disabled === 1,
    state: stateOf(row, settings, clock.now()),
    endsAt: endOf(row, settings),
    downloads: row.downloads,
    visits: row.visits,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
}

function settingsOf(row: LinkRow) {
  return {
    kind: row.kind,
    label: row.label,
    description: row.description,
    permissions: permissionNames(row.permissions),
    startsAt: row.starts_at,
    expiresAt: row.expires_at,
    maxDownloads: row.max_downloads,
    layout: row.layout,
    disclaimer: row.disclaimer,
    watermark: row.watermark === 1,
    notify: row.notify === 1,
    showOwner: row.show_owner === 1,
    restricted: row.restricted === 1,
    askName: row.ask_name,
    askEmail: row.ask_email,
    subfolders: row.subfolders === 1,
    maxFileSize: row.max_file_size,
  };
}

export function openLink(row: LinkRow, rootIds: readonly string[], policies: Policies): OpenLink {
  const { startsAt: _starts, expiresAt: _expires, restricted: _restricted, ...shown } = settingsOf(row);
  return {
    ...shown,
    id: row.id,
    ownerId: row.owner_id,
    drop: isDrop(row),
    endsAt: endOf(row, policies),
    rootIds,
  };
}

export async function rootIdsOf(reader: SqlReader, linkId: string): Promise<string[]> {
  return (await reader.all(queries.rootsOfLinks, { ids: [linkId] })).map((root) => root.node_id);
}
