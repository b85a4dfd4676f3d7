export interface ContentsTables {
  chunks: ChunksTable;
  version_chunks: VersionChunksTable;
}

export interface ChunksTable {
  /** The blob's key. */
  id: string;
  size: number;
  sha256: string;
  created_at: number;
  /** When a reference went last; the collector looks at these only. Null again once it has seen another reference. */
  released_at: number | null;
  /** When the collector saw that nothing refers to it. */
  condemned_at: number | null;
}

/** The chunks of a version, an upload part, or whatever else the caller gives an id to. */
export interface VersionChunksTable {
  version_id: string;
  position: number;
  chunk_id: string;
}
