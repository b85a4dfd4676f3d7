/** A link shows nothing of what is in the trash, and comes back with it; once everything it showed is gone for good, it goes as well. */
import type { SharingDeps } from './deps.ts';
import type { Links } from './links.ts';
import * as queries from './queries.ts';

export async function nodesPurged(
  { sql, access }: SharingDeps,
  links: Links,
  nodes: readonly string[],
): Promise<void> {
  const ids = (await sql.reader.all(queries.linksAtNodes, { nodes })).map((row) => row.link_id);
  if (ids.length === 0) return;
  await sql.transaction(async (tx) => {
    await access.bumpEpoch(tx);
    await tx.run(queries.deleteRootsAt, { nodes });
    const left = new Set((await tx.all(queries.rootsOfLinks, { ids })).map((root) => root.link_id));
    for (const id of ids.filter((link) => !left.has(link)).sort()) {
      const row = await tx.get(queries.linkToChange, { id });
      if (row !== undefined) await links.remove(tx, row, null);
    }
  });
}
