/** What the store and its writer thread say to one another. Answers come in the order of the batches, one per batch. */
export interface WriterSetup {
  readonly root: string;
  /** fdatasync of contents and fsync of folders before the answer. */
  readonly sync: boolean;
}

export type WriterJob =
  /** Bytes `start` to `start + length` of the batch's buffer become a blob. */
  | { readonly kind: 'put'; readonly key: string; readonly start: number; readonly length: number }
  /** A temporary file that the store has written (and synced) itself becomes a blob. */
  | { readonly kind: 'publish'; readonly key: string }
  | { readonly kind: 'delete'; readonly keys: readonly string[] };

export interface WriterBatch {
  readonly jobs: readonly WriterJob[];
  readonly bytes: Uint8Array;
}

export interface WriterFault {
  readonly errno: string;
  readonly message: string;
}

/** One entry per job, null where it went well; null instead of the list if all did. */
export type WriterAnswer = readonly (WriterFault | null)[] | null;
