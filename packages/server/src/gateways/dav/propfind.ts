import { READ } from '../../services/access/api.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Lock } from '../../services/locks/api.ts';
import type { Located, TreeNode } from '../../services/tree/api.ts';
import { Refusal } from './errors.ts';
import type { Quota, Resource } from './live-properties.ts';
import { activeLocks, heldOn, LockView } from './lock-view.ts';
import { Multistatus } from './multistatus.ts';
import { encodeSegment } from './path.ts';
import { planOf, renderResponse, type PropfindPlan } from './propfind-request.ts';
import { readingStatus } from './preconditions.ts';
import { depthOf, requestHref, resolve, type DavRequest } from './request.ts';
import { sendRoot } from './workspace-list.ts';

/** What is asked for by name is answered for each resource, be it only as missing: a large question makes an answer without end. */
const maxQuestion = 65_536;

/** PROPFIND (RFC 4918 section 9.1). What costs a statement is fetched only if asked for, and then once for each batch. */
export async function handlePropfind(dav: DavRequest): Promise<void> {
  const depth = depthOf(dav, ['0', '1', 'infinity'], 'infinity');
  const plan = planOf(await dav.body.whole(maxQuestion));
  if (dav.path.segments.length === 0) return sendRoot(dav, plan, depth);
  const place = await resolve(dav, dav.path);
  const top = place.found;
  if (top === null) throw new AppError('not_found', 'nothing is there');
  if (dav.ifGroups !== null) await readingStatus(dav, place, top.node);
  const answer = new Multistatus(dav.res);
  const listing = new Listing(dav, plan, answer, top);
  // What lies deep is counted before anything is sent: a 207 that breaks off would look like the whole.
  const below = depth === 'infinity' && top.node.kind === 'folder' ? await everythingBelow(dav, top) : null;
  await listing.start();
  if (below !== null) await listing.addDeep(below);
  else if (depth === '1' && top.node.kind === 'folder') await listing.addChildren();
  answer.end();
}

interface Below {
  readonly node: TreeNode;
  readonly names: readonly string[];
}

async function everythingBelow(dav: DavRequest, top: Located): Promise<readonly Below[]> {
  const limit = dav.services.settings.get('dav.infinityLimit');
  const all: Below[] = [];
  // Also of an empty folder: clients learn once and for all that they have to ask level by level.
  if (limit === 0) throw infinityRefused('listings of all that lies below are switched off');
  for await (const entry of dav.services.tree.walk(dav.context, top, dav.request.signal)) {
    if (all.length >= limit) throw infinityRefused(`more than ${limit} resources lie below`);
    all.push(entry);
  }
  return all;
}

function infinityRefused(why: string): Refusal {
  return new Refusal(403, 'forbidden', `${why}; ask with Depth: 1`, { condition: 'propfind-finite-depth' });
}

const batchSize = 500;
const noLocks: readonly Lock[] = [];

/** One listing on its way out. */
class Listing {
  readonly #dav: DavRequest;
  readonly #plan: PropfindPlan;
  readonly #answer: Multistatus;
  readonly #top: Located;
  readonly #topHref: string;
  #locks: LockView | null = null;
  #quota: Quota | null = null;

  constructor(dav: DavRequest, plan: PropfindPlan, answer: Multistatus, top: Located) {
    this.#dav = dav;
    this.#plan = plan;
    this.#answer = answer;
    this.#top = top;
    this.#topHref = requestHref(dav, top.node.kind);
  }

  /** Adds the resource that was asked about itself. */
  async start(): Promise<void> {
    const { services, clock, context, path } = this.#dav;
    const { node, workspace } = this.#top;
    let locks = '';
    // Who works on it, and how full the owner's home is, is nothing to visitors of a link.
    const confined = context.principal.confined !== undefined;
    if (this.#plan.needsLocks && !confined) {
      const held = heldOn(this.#top, await services.locks.covering(null, this.#top.chain), path);
      this.#locks = new LockView(node.id, held);
      locks = activeLocks(held, clock.now());
    }
    if (this.#plan.needsQuota && !confined) this.#quota = await services.tree.usage(workspace);
    const dead = this.#plan.needsDead ? (await services.tree.properties([node.id])).get(node.id) : undefined;
    const name = this.#top.names.length === 0 ? workspace.name : node.name;
    this.#add(node, name, this.#topHref, locks, dead);
  }

  async addChildren(): Promise<void> {
    for await (const batch of this.#dav.services.tree.children(
      this.#dav.context,
      this.#top,
      this.#dav.request.signal,
    )) {
      const nodes: TreeNode[] = [];
      for (const { node, permissions } of batch) if ((permissions & READ) !== 0) nodes.push(node);
      await this.#addBatch(nodes, (node) => this.#topHref + encodeSegment(node.name));
      if (this.#dav.res.destroyed) return;
    }
  }

  async addDeep(below: readonly Below[]): Promise<void> {
    const hrefs = new Map(
      below.map(({ node, names }) => [node.id, this.#topHref + names.map(encodeSegment).join('/')]),
    );
    for (let at = 0; at < below.length; at += batchSize) {
      const nodes = below.slice(at, at + batchSize).map(({ node }) => node);
      await this.#addBatch(nodes, (node) => hrefs.get(node.id) ?? '');
      if (this.#dav.res.destroyed) return;
    }
  }

  async #addBatch(nodes: readonly TreeNode[], pathOf: (node: TreeNode) => string): Promise<void> {
    const { services, clock } = this.#dav;
    const ids = this.#plan.needsDead || this.#locks !== null ? nodes.map((node) => node.id) : [];
    const dead = this.#plan.needsDead ? await services.tree.properties(ids) : null;
    const own = this.#locks === null ? null : await services.locks.onNodes(ids);
    for (const node of nodes) {
      const href = node.kind === 'folder' ? `${pathOf(node)}/` : pathOf(node);
      const held = this.#locks === null ? [] : this.#locks.of(node, href, own?.get(node.id) ?? noLocks);
      this.#add(
        node,
        node.name,
        href,
        held.length === 0 ? '' : activeLocks(held, clock.now()),
        dead?.get(node.id),
      );
      const room = this.#answer.flush();
      if (room !== null) await room;
    }
  }

  #add(node: TreeNode, name: string, href: string, locks: string, dead: Resource['dead']): void {
    const { kind } = node;
    this.#answer.add(
      renderResponse(this.#plan, {
        kind,
        name,
        href,
        node,
        locks,
        quota: kind === 'folder' ? this.#quota : null,
        dead,
      }),
    );
  }
}
