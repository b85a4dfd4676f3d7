import { AppError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import type { Upload } from '../../services/uploads/api.ts';
import { send, stateOf } from './answer.ts';
import { takeBody } from './append.ts';
import { offsetType, prefix, uploadLength, uploadMetadata } from './headers.ts';
import { noteVisitorsFile, placedForVisitor } from './visitor.ts';
import type { TusRequest } from './request.ts';
import { targetOf } from './target.ts';

/** POST: begins an upload, with data at once if the body has some, or joins partial uploads into a file. */
export async function handleCreate(tus: TusRequest): Promise<void> {
  const { headers, services, context } = tus;
  const metadata = String(headers['upload-metadata'] ?? '');
  const values = uploadMetadata(metadata);
  const concat = headers['upload-concat'] === undefined ? null : String(headers['upload-concat']).trim();
  if (concat !== null && context.principal.confined !== undefined)
    throw new AppError('forbidden', 'visitors of a link upload in one piece');
  if (concat?.startsWith('final;') === true) {
    const upload = await services.uploads.concatenate(context, {
      target: await targetOf(tus, values),
      parts: partsOf(concat),
      metadata,
      concat,
    });
    return created(tus, upload);
  }
  if (concat !== null && concat !== 'partial')
    throw new AppError('invalid_input', 'Upload-Concat is "partial" or "final;url url"');
  const length = lengthOf(tus);
  const kind = concat === null ? 'whole' : 'partial';
  const target = kind === 'partial' ? null : await placedForVisitor(tus, await targetOf(tus, values), length);
  const upload = await services.uploads.create(context, { target, length, metadata, kind, concat });
  if (upload.nodeId !== null) await noteVisitorsFile(tus, upload);
  const withData = headers['content-type'] === offsetType && upload.nodeId === null;
  created(tus, withData ? await firstData(tus, upload) : upload);
}

/** Where that fails nobody has learnt the upload's address: it goes again. */
async function firstData(tus: TusRequest, upload: Upload): Promise<Upload> {
  try {
    return (await takeBody(tus, upload.id, 0)).upload;
  } catch (error) {
    await tus.services.uploads.remove(tus.context, upload.id).catch(() => undefined);
    throw error;
  }
}

function created(tus: TusRequest, upload: Upload): void {
  const base = tus.request.link?.base ?? '';
  send(tus.request, 201, { Location: `${base}${prefix}/${upload.id}`, ...stateOf(upload) });
}

function lengthOf({ headers }: TusRequest): number | null {
  const length = uploadLength(headers);
  const deferred = headers['upload-defer-length'];
  if (deferred !== undefined && deferred !== '1')
    throw new AppError('invalid_input', 'Upload-Defer-Length is 1 or absent');
  if ((length === null) === (deferred === undefined))
    throw new AppError('invalid_input', 'give either Upload-Length or Upload-Defer-Length: 1');
  return length;
}

const maximumParts = 1_000;

/** The parts' addresses as given at their creation, or as a client has completed them. */
function partsOf(concat: string): string[] {
  const urls = concat
    .slice('final;'.length)
    .split(/\s+/)
    .filter((url) => url !== '');
  const ids = urls.map((url) => url.replace(/[?#].*$/, '').replace(/^.*\//, ''));
  if (ids.length === 0 || ids.length > maximumParts || !ids.every(isId))
    throw new AppError('invalid_input', 'Upload-Concat: not the addresses of uploads');
  return ids;
}
