/** Visits, downloads and uploads, per day and per item. */
import type { LinkStatistics } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { SharingDeps } from './deps.ts';
import * as queries from './visit-queries.ts';

const dayMs = 86_400_000;
const shownDays = 90;

export function dayOf(at: number): number {
  return Math.floor(at / dayMs);
}

export async function statisticsOf(
  { sql, tree, clock }: Pick<SharingDeps, 'sql' | 'tree' | 'clock'>,
  context: Context,
  id: string,
): Promise<LinkStatistics> {
  const days = await sql.reader.all(queries.daysOf, { id, since: dayOf(clock.now()) - shownDays });
  const items = await sql.reader.all(queries.itemsOf, { id });
  const located = await tree.locateMany(
    context,
    items.map((item) => item.node_id),
  );
  const names = new Map(located.map(({ node }) => [node.id, node.name]));
  return {
    days: days.map(({ day, visits, downloads, uploads }) => ({
      day: new Date(day * dayMs).toISOString().slice(0, 10),
      visits,
      downloads,
      uploads,
    })),
    items: items.map((item) => ({
      nodeId: item.node_id,
      name: names.get(item.node_id) ?? null,
      downloads: Number(item.downloads),
      uploads: Number(item.uploads),
    })),
  };
}
