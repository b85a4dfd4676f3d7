/** The framing of `POST /nodes/:id/bulk`: many small files in one body, without copying their bytes. */
export interface BulkFile {
  readonly path: string;
  readonly modifiedAt?: number;
  readonly blob: Blob;
}

/** For each file: 4 bytes big-endian length of the header, the header as JSON, the bytes. */
export function frameBulk(files: readonly BulkFile[]): Blob {
  const encoder = new TextEncoder();
  const parts: BlobPart[] = [];
  for (const { path, modifiedAt, blob } of files) {
    const header = encoder.encode(
      JSON.stringify({ path, size: blob.size, ...(modifiedAt === undefined ? {} : { modifiedAt }) }),
    );
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, header.byteLength);
    parts.push(length, header, blob);
  }
  return new Blob(parts, { type: 'application/x-volvox-bulk' });
}
