import type { Link, LinkHere, LinkState, LinkStatistics, Receipt, Routes, Body } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import type { ClientInfo, LinkCredentials, Verifier } from '../identity/api.ts';
import type { AppError } from '../../kernel/errors.ts';
import type { Located, TreeNode } from '../tree/api.ts';

export type NewLink = Body<Routes['createLink']>;
export type LinkChange = Body<Routes['updateLink']>;
export type VisitInput = Body<Routes['visitLink']>;

export interface LinkQuery {
  readonly nodeId?: string;
  readonly kind?: Link['kind'];
  readonly state?: LinkState;
  readonly ownerId?: string;
  /** In label or address, of everybody's links also in the owner's name; without case and accents. */
  readonly q?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export type LeadingLink = Omit<LinkHere, 'on'> & { readonly rootId: string };

/** What stands between an address and its files. */
export type Need = 'password' | 'recipient' | 'disclaimer' | 'name' | 'email';

/** A link as its visitors meet it. */
export interface OpenLink {
  readonly id: string;
  readonly ownerId: string;
  readonly kind: 'link' | 'request';
  readonly label: string;
  readonly description: string;
  readonly layout: Link['layout'];
  readonly permissions: Link['permissions'];
  /** Uploads only, nothing is seen. */
  readonly drop: boolean;
  readonly disclaimer: string;
  readonly watermark: boolean;
  readonly notify: boolean;
  readonly showOwner: boolean;
  readonly askName: Link['askName'];
  readonly askEmail: Link['askEmail'];
  readonly subfolders: boolean;
  readonly maxFileSize: number | null;
  readonly maxDownloads: number | null;
  readonly endsAt: number | null;
  readonly rootIds: readonly string[];
}

/** One visitor at one link. */
export interface Visit {
  readonly link: OpenLink;
  /** Empty: the files are open. */
  readonly needs: readonly Need[];
  /** Null where the visitor has no cookie yet. */
  readonly visitId: string | null;
  readonly name: string;
  readonly email: string;
}

export interface Counted {
  /** '' for several things at once. */
  readonly nodeId: string;
  readonly versionId: string;
  /** A range that does not begin at the first byte: goes on with what was counted within the last hour. */
  readonly resumes: boolean;
}

/** Public links: what owners make of them, who comes in by them, and what is counted. */
export interface SharingService {
  /** @throws not_found, forbidden without SHARE on a root, invalid_input for what a policy forbids, conflict for a slug that is taken */
  create(context: Context, input: NewLink): Promise<Link>;
  /** Your own; of administrators (`all`) everybody's. */
  list(
    context: Context,
    query: LinkQuery,
    all: boolean,
  ): Promise<{ readonly items: readonly Link[]; readonly next: string | null }>;
  /**
   * What leads to the last node of a chain, newest first, whoever made it; `rootId`: the nearest of its roots on the chain. Whether the asker may
   * share there is asked by the caller.
   */
  leadingTo(
    context: Context,
    chain: readonly string[],
    query: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly LeadingLink[]; readonly next: string | null }>;
  /** @throws not_found for another's, unless an administrator asks */
  get(context: Context, id: string): Promise<Link>;
  /** What is not named stays. */
  update(context: Context, id: string, change: LinkChange): Promise<Link>;
  revoke(context: Context, ids: readonly string[]): Promise<number>;
  /** Mails each recipient the address with a key of its own. */
  send(
    context: Context,
    id: string,
    options: { readonly message?: string; readonly again?: boolean },
  ): Promise<Link>;
  statistics(context: Context, id: string): Promise<LinkStatistics>;

  /** For identity: from token and cookie (or password) to a confined principal. */
  readonly verifier: Verifier<LinkCredentials>;
  /**
   * What a visitor finds before it gave what the link needs. Without `cookie`: as a stranger.
   * @throws not_found for unknown and disabled ones alike, gone for what is over
   */
  open(token: string, cookie: string | null): Promise<Visit>;
  /** Gives what is needed. @returns the cookie to set. @throws unauthenticated, too_many_requests, invalid_input */
  visit(token: string, cookie: string | null, input: VisitInput, client: ClientInfo): Promise<string>;
  /** The visit behind a confined principal as it is now: by clock and policies. @throws not_found, gone */
  visitOf(principal: Principal): Promise<Visit>;
  /** Nodes that are left of the link's roots for this visitor, in the owner's order. @throws not_found if none is */
  roots(context: Context): Promise<readonly Located[]>;
  /** Who a visitor is for counting: the cookie's visit, else address and client. */
  visitorKey(principal: Principal, client: ClientInfo): string;
  /** Counts that the page was opened, once an hour and visitor. @returns whether this one was counted */
  countVisit(principal: Principal, visitor: string): Promise<boolean>;
  /** Takes one of the downloads that are left, before the first byte. @returns false where it goes on with one. @throws gone */
  countDownload(principal: Principal, visitor: string, what: Counted): Promise<boolean>;
  downloadsLeft(principal: Principal): Promise<number | null>;
  /** Where an upload of this visitor goes: drop boxes decide by themselves. @throws too_large, forbidden */
  placeOf(
    context: Context,
    wish: { readonly parentId: string; readonly folders: readonly string[]; readonly size: number | null },
  ): Promise<{ readonly parentId: string; readonly folders: readonly string[] }>;
  /** Notes a file that a visitor brought, under the name it gave it. */
  uploaded(context: Context, visitor: string, node: TreeNode, name: string): Promise<void>;
  previewKindOf(mime: string): 'image' | 'pdf' | 'text' | 'media' | null;
  /** bytes of the largest original that `render` reads */
  readonly renderLimit: number;
  /** A picture made small, or a PDF, never the original bytes. @param key names the content @throws unsupported_media_type */
  render(key: string, read: () => Promise<Buffer>, wish: RenderWish): Promise<Rendered>;
  /** The recipient's address, else the link's name and the date; null: the link wants none. */
  watermarkOf(visit: Visit): string | null;
  exhausted(): AppError;
  /** What this visitor has brought; by its cookie also after the link's end. @throws not_found, gone, unauthenticated */
  receipt(token: string, cookie: string | null, client: ClientInfo): Promise<Receipt>;
  /** Mails it to the address that the visitor gave. @throws too_many_requests */
  sendReceipt(principal: Principal, visitor: string): Promise<Receipt>;
  /** A duty: mails owners what was uploaded since they were told last. @returns how many */
  notify(): Promise<number>;
  /** A duty: makes the hashes that receipts lack. @returns how many */
  hashReceipts(signal: AbortSignal): Promise<number>;
  /** Removes raw rows of visits older than a month, and addresses that are kept no longer. */
  expire(): Promise<number>;
}

export interface Rendered {
  readonly type: 'image/webp' | 'application/pdf';
  readonly bytes: Uint8Array;
}

/** `size`: pixels of the longer side at most. A PDF without a watermark is not made anew: it is shown as it is. */
export type RenderWish =
  | { readonly kind: 'image'; readonly size: number; readonly watermark: string | null }
  | { readonly kind: 'pdf'; readonly watermark: string };
