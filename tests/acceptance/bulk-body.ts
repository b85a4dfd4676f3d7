/** The body of a bulk upload, as the route describes it. */

export interface BulkFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly sha256?: string;
  readonly modifiedAt?: number;
}

export function bulkBody(files: readonly BulkFile[]): Uint8Array<ArrayBuffer> {
  const parts = files.flatMap(({ content, ...header }) => {
    const bytes = Buffer.from(content);
    return frame({ ...header, size: bytes.length }, bytes);
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** One file whose header may say what it likes. */
export function frame(header: unknown, bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return [length, text, bytes];
}
