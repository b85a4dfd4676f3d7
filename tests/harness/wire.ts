/** What requests look like that the typed client does not make: bulk bodies, tus headers. */

export const tusHeaders = { 'tus-resumable': '1.0.0' } as const;

/** `Upload-Metadata` of tus: values in base64. */
export function uploadMetadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

/** `application/x-volvox-bulk`: for each file a length, that many bytes of JSON, the content. */
export function bulkBody(
  files: readonly { readonly path: string; readonly text: string }[],
): Buffer<ArrayBuffer> {
  const pieces = files.flatMap(({ path, text }) => {
    const content = Buffer.from(text);
    const header = Buffer.from(JSON.stringify({ path, size: content.length }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(header.length);
    return [length, header, content];
  });
  return Buffer.concat(pieces);
}
