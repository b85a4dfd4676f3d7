export interface UploadsTable {
  id: string;
  user_id: string;
  kind: 'whole' | 'partial' | 'final';
  /** bytes in all; null: not told yet */
  total: number | null;
  /** bytes kept so far */
  received: number;
  metadata: string;
  concat: string | null;
  /** JSON of UploadTarget; null of partial uploads */
  target: string | null;
  created_at: number;
  expires_at: number;
  /** Set when it has become a file. */
  node_id: string | null;
}

/** What one append kept. `part_id` stands where contents keeps a version's id, so that its chunks are not garbage. */
export interface UploadPartsTable {
  upload_id: string;
  /** the upload's offset before it */
  position: number;
  part_id: string;
}

export interface UploadsTables {
  uploads: UploadsTable;
  upload_parts: UploadPartsTable;
}
