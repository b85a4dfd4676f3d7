import type { Conflict } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { BlobSource } from '../../stores/blobs/contract.ts';
import type { TreeNode } from '../tree/api.ts';

/** A resumable upload (tus 1.0), all of it in SQL: any node may serve any request of it. */
export interface Upload {
  readonly id: string;
  readonly kind: 'whole' | 'partial' | 'final';
  /** null: not told yet (creation-defer-length) */
  readonly length: number | null;
  readonly offset: number;
  /** The Upload-Metadata header as it came. */
  readonly metadata: string;
  readonly expiresAt: number;
  /** Set when it has become a file. */
  readonly nodeId: string | null;
  /** Upload-Concat as it came, for HEAD. */
  readonly concat: string | null;
}

export interface UploadTarget {
  readonly parentId: string;
  readonly name: string;
  /** Folders to make on the way, from the metadata `relativePath`. */
  readonly folders: readonly string[];
  readonly onConflict: Conflict;
  readonly modifiedAt?: number;
}

export interface UploadsService {
  /** `target` null only for partial uploads. Checks rights and quota now, and again at the end. */
  create(
    context: Context,
    input: {
      readonly target: UploadTarget | null;
      readonly length: number | null;
      readonly metadata: string;
      readonly kind: 'whole' | 'partial';
      readonly concat: string | null;
    },
  ): Promise<Upload>;
  /** Joins finished partial uploads into a file. @throws invalid_input unless all are the user's own, partial and complete */
  concatenate(
    context: Context,
    input: {
      readonly target: UploadTarget;
      readonly parts: readonly string[];
      readonly metadata: string;
      readonly concat: string;
    },
  ): Promise<Upload>;
  /** @throws not_found for another's or an unknown one, gone after its expiry */
  get(context: Context, id: string): Promise<Upload>;
  setLength(context: Context, id: string, length: number): Promise<Upload>;
  /**
   * Appends at `offset` by compare-and-set (`conflict` if it is not the present offset; of two writers one wins). What came before a cut is kept,
   * unless a checksum was to be checked. Reaching the length makes the file in the same transaction. Past the length: too_large, nothing kept.
   */
  append(
    context: Context,
    id: string,
    offset: number,
    source: BlobSource,
    options?: {
      readonly size?: number;
      readonly checksum?: { readonly algorithm: 'sha256' | 'sha1' | 'md5'; readonly digest: string };
    },
  ): Promise<{ readonly upload: Upload; readonly node: TreeNode | null }>;
  /** The asker's own that have not become files yet, newest first, with the name that each will have. */
  unfinished(context: Context): Promise<readonly (Upload & { readonly name: string | null })[]>;
  remove(context: Context, id: string): Promise<void>;
  expire(signal?: AbortSignal): Promise<number>;
}
