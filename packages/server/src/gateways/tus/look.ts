import { AppError } from '../../kernel/errors.ts';
import type { GatewayRequest } from '../contract.ts';
import { answerContent } from '../http/content-answer.ts';
import { sendStream } from '../http/send-stream.ts';
import { send, stateOf } from './answer.ts';
import { algorithms, extensions, maximumSize, version } from './headers.ts';
import type { TusRequest } from './request.ts';

/** OPTIONS: what is offered; asked before anybody signs in. */
export function handleOptions(request: GatewayRequest): void {
  send(request, 204, {
    'Tus-Version': version,
    'Tus-Extension': extensions,
    'Tus-Max-Size': maximumSize,
    'Tus-Checksum-Algorithm': algorithms,
  });
}

export async function handleHead(tus: TusRequest, id: string): Promise<void> {
  const upload = await tus.services.uploads.get(tus.context, id);
  send(tus.request, 200, {
    ...stateOf(upload),
    ...(upload.length === null ? { 'Upload-Defer-Length': 1 } : { 'Upload-Length': upload.length }),
    ...(upload.metadata === '' ? {} : { 'Upload-Metadata': upload.metadata }),
    ...(upload.concat === null ? {} : { 'Upload-Concat': upload.concat }),
  });
}

export async function handleRemove(tus: TusRequest, id: string): Promise<void> {
  await tus.services.uploads.remove(tus.context, id);
  send(tus.request, 204);
}

/** Beyond tus: the finished file under its upload's address, for whoever uploaded it and may still read it. */
export async function handleGet(tus: TusRequest, id: string): Promise<void> {
  const { services, context, request } = tus;
  const upload = await services.uploads.get(context, id);
  if (upload.nodeId === null) throw new AppError('not_found', 'the upload is not complete');
  const file = await services.tree.locate(context, upload.nodeId);
  await sendStream(request, await answerContent(services, context, request.raw, file, { download: true }));
}
