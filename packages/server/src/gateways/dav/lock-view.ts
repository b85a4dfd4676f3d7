import type { Lock } from '../../services/locks/api.ts';
import type { Located } from '../../services/tree/api.ts';
import { hrefOf, type DavPath } from './path.ts';
import { escapeText } from './xml-out.ts';

/** A lock, and the resource it was taken on. */
export interface HeldLock {
  readonly lock: Lock;
  /** Percent-encoded. */
  readonly rootHref: string;
}

/** `activelock` elements (RFC 4918 section 14.1), the inside of `lockdiscovery`. */
export function activeLocks(held: readonly HeldLock[], now: number): string {
  let text = '';
  for (const { lock, rootHref } of held) {
    const seconds = Math.max(0, Math.ceil((lock.expiresAt - now) / 1000));
    text +=
      `<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:${lock.scope}/></D:lockscope><D:depth>${lock.depth}</D:depth>` +
      `${lock.owner}<D:timeout>Second-${seconds}</D:timeout><D:locktoken><D:href>${escapeText(lock.token)}</D:href></D:locktoken>` +
      `<D:lockroot><D:href>${rootHref}</D:href></D:lockroot></D:activelock>`;
  }
  return text;
}

/**
 * Locks that cover a node, each with the place on the way to it that it was taken on. The way is the one that was asked for: of what is
 * above a mount nothing is told but the workspace that it shows in.
 */
export function heldOn(
  { chain, node }: Pick<Located, 'chain' | 'node'>,
  locks: readonly Lock[],
  { segments }: Pick<DavPath, 'segments'>,
): HeldLock[] {
  const [slug = '', ...names] = segments;
  return locks.map((lock) => {
    const above = chain.length - 1 - chain.indexOf(lock.nodeId);
    const isFolder = above > 0 || node.kind === 'folder';
    return { lock, rootHref: hrefOf(slug, names.slice(0, Math.max(0, names.length - above)), isFolder) };
  });
}

/** Locks of a listing: own ones by a statement for each batch, those from above handed down from parent to child. */
export class LockView {
  readonly #inherited = new Map<string, readonly HeldLock[]>();

  constructor(topId: string, onTop: readonly HeldLock[]) {
    this.#pass(topId, onTop);
  }

  /** `own`: locks set on the node itself. Parents come before their children. */
  of(
    node: { readonly id: string; readonly parentId: string | null; readonly kind: string },
    href: string,
    own: readonly Lock[],
  ): readonly HeldLock[] {
    const above = this.#inherited.get(node.parentId ?? '') ?? [];
    if (own.length === 0 && above.length === 0) return above;
    const held = [...above, ...own.map((lock) => ({ lock, rootHref: href }))];
    if (node.kind === 'folder') this.#pass(node.id, held);
    return held;
  }

  #pass(id: string, held: readonly HeldLock[]): void {
    const deep = held.filter(({ lock }) => lock.depth === 'infinity');
    if (deep.length > 0) this.#inherited.set(id, deep);
  }
}
