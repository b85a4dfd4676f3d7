import { AppError } from '../../kernel/errors.ts';
import type { UploadsService } from '../../services/uploads/api.ts';
import { RequestBody } from '../dav/body.ts';
import { send, stateOf } from './answer.ts';
import { count, offsetType, uploadChecksum, uploadLength } from './headers.ts';
import type { TusRequest } from './request.ts';
import { noteVisitorsFile } from './visitor.ts';

/** PATCH: bytes at the present offset; with the length, where it was not told before. */
export async function handleAppend(tus: TusRequest, id: string): Promise<void> {
  const { headers, services, context } = tus;
  if (headers['content-type'] !== offsetType)
    throw new AppError('unsupported_media_type', `the content type must be ${offsetType}`);
  const offset = count(headers, 'upload-offset');
  if (offset === null) throw new AppError('invalid_input', 'Upload-Offset is missing');
  const length = uploadLength(headers);
  if (length !== null) await services.uploads.setLength(context, id, length);
  const { upload } = await takeBody(tus, id, offset);
  send(tus.request, 204, stateOf(upload));
}

export async function takeBody(
  tus: TusRequest,
  id: string,
  offset: number,
): ReturnType<UploadsService['append']> {
  const checksum = uploadChecksum(tus.headers);
  const body = new RequestBody(tus.request.raw, tus.request.res);
  const appended = await tus.services.uploads.append(tus.context, id, offset, body.stream(), {
    ...(body.length === null ? {} : { size: body.length }),
    ...(checksum === undefined ? {} : { checksum }),
  });
  if (appended.node !== null) await noteVisitorsFile(tus, appended.upload);
  return appended;
}
