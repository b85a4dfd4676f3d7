import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { AppError } from '../../../kernel/errors.ts';
import { FrameReader } from './frame-reader.ts';

const Header = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 16_384 }),
    size: Type.Integer({ minimum: 0 }),
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$' })),
    modifiedAt: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
);
export type BulkHeader = Static<typeof Header>;
const header = Compile(Header);

const maximumHeader = 64 * 1024;
export const maximumFile = 8 * 2 ** 20;
const maximumFiles = 10_000;

/** `bytes` null: larger than a bulk file may be; skipped, the next one follows. */
export interface BulkFile {
  readonly header: BulkHeader;
  readonly bytes: Buffer | null;
}

/** The files of an `application/x-volvox-bulk` body, one at a time. @throws what makes the rest of the body unreadable */
export async function* bulkFiles(source: AsyncIterable<Uint8Array>): AsyncGenerator<BulkFile> {
  const reader = new FrameReader(source);
  try {
    for (let count = 0; ; count++) {
      const length = (await reader.take(4))?.readUInt32BE(0);
      if (length === undefined) return;
      if (count === maximumFiles)
        throw new AppError('too_large', `one request takes at most ${maximumFiles} files`);
      if (length > maximumHeader)
        throw new AppError('too_large', 'the header of a file is larger than 64 KiB');
      const head = parseHeader(await reader.take(length));
      if (head.size > maximumFile) {
        await reader.skip(head.size);
        yield { header: head, bytes: null };
        continue;
      }
      const bytes = head.size === 0 ? Buffer.alloc(0) : await reader.take(head.size);
      if (bytes === null) throw new AppError('incomplete_body', 'the body ends in the middle of a file');
      yield { header: head, bytes };
    }
  } finally {
    await reader.close();
  }
}

function parseHeader(bytes: Buffer | null): BulkHeader {
  if (bytes === null) throw new AppError('incomplete_body', 'the body ends in the middle of a file');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError('invalid_input', 'the header of a file is not JSON', { cause });
  }
  if (header.Check(value)) return value;
  const [fault] = header.Errors(value);
  throw new AppError(
    'invalid_input',
    `the header of a file: ${fault?.instancePath ?? ''} ${fault?.message ?? 'breaks its schema'}`,
  );
}
