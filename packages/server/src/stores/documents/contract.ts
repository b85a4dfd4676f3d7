import type { StoreHealth } from '../../kernel/service.ts';
import type { Json } from '../config/contract.ts';

/** A page; `next` is opaque and null at the end. Paging is stable under inserts (keyset). */
export interface DocumentPage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogDocument {
  readonly id: string;
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly node: string;
  readonly requestId: string | null;
  readonly fields: { readonly [key: string]: Json };
}

export interface LogFilter {
  /** Words that must all occur in message or fields. */
  readonly text?: string;
  /** This level and above. */
  readonly level?: LogLevel;
  readonly requestId?: string;
  readonly after?: number;
  readonly before?: number;
}

export interface LogDocuments {
  /** Same id twice is one entry. */
  append(entries: readonly LogDocument[]): Promise<void>;
  /** Newest first. */
  query(filter: LogFilter, limit: number, cursor?: string): Promise<DocumentPage<LogDocument>>;
  purge(before: number): Promise<number>;
}

/** What the index knows of a node. No path and no ancestors: a moved folder touches no document of its children. */
export interface SearchDocument {
  readonly id: string;
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly size: number;
  readonly modifiedAt: number;
  readonly owner: string | null;
  /** Lower case, without the dot; '' if none. */
  readonly extension: string;
  /** Journal position the document was made from; an older one never overwrites a newer one. */
  readonly seq: number;
}

export interface SearchFilter {
  /** Words; each must occur in the name: whole, as a prefix, or (three characters and more) anywhere inside. Case and accents folded. */
  readonly text?: string;
  readonly kind?: 'folder' | 'file';
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly modifiedAfter?: number;
  readonly modifiedBefore?: number;
  readonly owner?: string;
  readonly extension?: string;
}

export interface SearchDocuments {
  /** Idempotent; newer `seq` wins. Searchable when it resolves. */
  upsert(documents: readonly SearchDocument[]): Promise<void>;
  /** Leaves what was made from a position after `upTo`: a removal that was given up on may still happen, after what came later. */
  remove(ids: readonly string[], upTo: number): Promise<void>;
  /** Best first (exact name, then prefix, then inside), then newest; only ids, the caller checks rights and reads the rest from SQL. */
  query(filter: SearchFilter, limit: number, cursor?: string): Promise<DocumentPage<{ readonly id: string }>>;
  /** Removes every document whose generation is not `keep` (rebuild: upserts after `beginGeneration` carry the new one). */
  beginGeneration(): Promise<number>;
  endGeneration(generation: number): Promise<void>;
  count(): Promise<number>;
}

export interface ActivityDocument {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actorId: string | null;
  readonly nodeId: string | null;
  /** The node and its folders at that time, nearest first: the feeds in which it shows. */
  readonly feedIds: readonly string[];
  readonly data: { readonly [key: string]: Json };
}

export interface ActivityDocuments {
  append(documents: readonly ActivityDocument[]): Promise<void>;
  /** Newest first, of one feed (`feedId`) or one actor, or all. */
  query(
    filter: { readonly feedId?: string; readonly actorId?: string },
    limit: number,
    cursor?: string,
  ): Promise<DocumentPage<ActivityDocument>>;
  purge(before: number): Promise<number>;
  clear(): Promise<void>;
}

/** Three narrow contracts over one connection. Everything here can be rebuilt from the journal or may be lost. Never blocks the event loop. */
export interface DocumentsStore {
  /** It began empty (first start, lost or damaged file): whoever fills it from the journal has to rebuild. Absent: no. */
  readonly freshlyCreated?: boolean;
  readonly logs: LogDocuments;
  readonly search: SearchDocuments;
  readonly activity: ActivityDocuments;
  ping(): Promise<StoreHealth>;
  /** Waits for what was asked; what comes after is `unavailable`. May be called twice. */
  close(): Promise<void>;
}
