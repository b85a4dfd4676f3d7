/** A link shows nothing of what is in the trash, and comes back with it; once everything it showed is gone for good, it goes as well. */
import type { SharingDeps } from './deps.ts';
import type { Links } from './links.ts';
import * as queries from './queries.ts';

/** One row of the journal names up to 500 nodes, a batch of them 250,000, and any number of links may show each. */
const looked = 500;
const removed = 100;

/** May be called again with the same nodes: roots that were removed are not found any more. */
export async function nodesPurged(deps: SharingDeps, links: Links, nodes: readonly string[]): Promise<void> {
  for (let from = 0; from < nodes.length; from += looked) {
    const some = nodes.slice(from, from + looked);
    for (let more = true; more;) more = await endSome(deps, links, some);
  }
}

/** @returns whether there was something to end */
async function endSome(
  { sql, access }: SharingDeps,
  links: Links,
  nodes: readonly string[],
): Promise<boolean> {
  const found = await sql.reader.all(queries.linksAtNodes, { nodes, limit: removed });
  const ids = found.map((row) => row.link_id);
  if (ids.length === 0) return false;
  await sql.transaction(async (tx) => {
    await access.bumpEpoch(tx);
    await tx.run(queries.deleteRootsAt, { ids, nodes });
    const left = new Set((await tx.all(queries.rootsOfLinks, { ids })).map((root) => root.link_id));
    for (const id of ids.filter((link) => !left.has(link)).sort()) {
      const row = await tx.get(queries.linkToChange, { id });
      if (row !== undefined) await links.remove(tx, row, null);
    }
  });
  return true;
}
