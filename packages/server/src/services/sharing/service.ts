/** Public links: puts the parts together, ends links with their files and hands them over with their owners. */
import type { Started } from '../../kernel/service.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import { followPurges } from '../journal/api.ts';
import type { SharingService } from './api.ts';
import { Counting } from './counting.ts';
import type { SharingDeps } from './deps.ts';
import { hashReceipts } from './hashing.ts';
import { leadingTo } from './leading.ts';
import { Links } from './links.ts';
import { nodesPurged } from './purges.ts';
import * as queries from './queries.ts';
import { previewKindOf, render, renderLimit } from './rendering.ts';
import { exhausted, unknownLink } from './rules.ts';
import { sendLink } from './sending.ts';
import { VisitorUploads } from './uploads.ts';
import * as visitQueries from './visit-queries.ts';
import { Visits } from './visits.ts';

export async function startSharing(deps: SharingDeps): Promise<Started<SharingService>> {
  const links = new Links(deps);
  const visits = new Visits(deps, await deps.identity.sharedKey('links/visit-key'));
  const counting = new Counting(deps);
  const uploads = new VisitorUploads(deps, visits, counting);
  deps.identity.onUserRemoved((tx, userId, successorId) => handOver(deps, links, tx, userId, successorId));
  followPurges(deps.journal, 'sharing', (nodes) => nodesPurged(deps, links, nodes));
  const api: SharingService = {
    create: (context, input) => links.create(context, input),
    list: (context, query, all) => links.list(context, query, all),
    leadingTo: (...asked) => leadingTo(deps, visits, ...asked),
    get: (context, id) => links.get(context, id),
    update: (context, id, change) => links.update(context, id, change),
    revoke: (context, ids) => links.revoke(context, ids),
    async send(context, id, options) {
      await sendLink(deps, context, id, options);
      return links.get(context, id);
    },
    statistics: (context, id) => links.statistics(context, id),
    verifier: visits,
    open: (token, cookie) => visits.open(token, cookie),
    visit: (token, cookie, input, client) => visits.visit(token, cookie, input, client),
    visitOf: (principal) => visits.visitOf(principal),
    async roots(context) {
      const { link } = await visits.visitOf(context.principal);
      const found = await deps.tree.locateMany(context, link.rootIds);
      if (found.length === 0) throw unknownLink();
      return found;
    },
    visitorKey: (principal, client) => visits.visitorKey(principal, client),
    countVisit: (principal, visitor) => counting.visit(principal, visitor),
    countDownload: (principal, visitor, what) => counting.download(principal, visitor, what),
    async downloadsLeft(principal) {
      const { link } = await visits.visitOf(principal);
      if (link.maxDownloads === null) return null;
      const row = await deps.sql.reader.get(visitQueries.selectDownloads, { id: link.id });
      return Math.max(0, link.maxDownloads - (row?.downloads ?? link.maxDownloads));
    },
    previewKindOf,
    renderLimit,
    render,
    watermarkOf: ({ link, email }) =>
      link.watermark
        ? email || `${link.label} ${new Date(deps.clock.now()).toISOString().slice(0, 10)}`
        : null,
    exhausted,
    placeOf: (context, wish) => uploads.placeOf(context, wish),
    uploaded: (context, visitor, node, name) => uploads.uploaded(context, visitor, node, name),
    receipt: (token, cookie, client) => uploads.receipt(token, cookie, client),
    sendReceipt: (principal, visitor) => uploads.sendReceipt(principal, visitor),
    notify: () => uploads.notify(),
    hashReceipts: (signal) => hashReceipts(deps, signal),
    expire: () => counting.expire(),
  };
  return { api, stop: async () => {} };
}

/** Who takes over has the links as well: they live as far as the new owner may share what they show. */
async function handOver(
  { clock, access }: SharingDeps,
  links: Links,
  tx: SqlTransaction,
  userId: string,
  successorId: string | null,
): Promise<void> {
  await access.bumpEpoch(tx);
  if (successorId !== null) {
    await tx.run(queries.handOver, { from: userId, to: successorId, at: clock.now() });
    return void (await tx.run(queries.handOverAddresses, { from: userId, to: successorId }));
  }
  for (const { id } of await tx.all(queries.linksOfOwner, { ownerId: userId })) {
    const row = await tx.get(queries.linkToChange, { id });
    if (row !== undefined) await links.remove(tx, row, null);
  }
}
