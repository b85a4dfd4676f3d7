import { isAppError } from '../../kernel/errors.ts';
import type { Upload } from '../../services/uploads/api.ts';
import type { GatewayRequest } from '../contract.ts';
import { sendProblem } from '../http/problem-answer.ts';
import { extensions, version } from './headers.ts';

type Headers = Record<string, string | number>;

export function send(request: GatewayRequest, status: number, headers: Headers = {}): void {
  const { res, raw } = request;
  const length = status === 204 ? {} : { 'Content-Length': 0 };
  if (!raw.complete) raw.resume();
  res.writeHead(status, { 'Tus-Resumable': version, 'Cache-Control': 'no-store', ...length, ...headers });
  res.end();
}

/** How far it is, until when it is kept, and what it has become. */
export function stateOf(upload: Upload): Headers {
  return {
    'Upload-Offset': upload.offset,
    ...(upload.nodeId === null
      ? { 'Upload-Expires': new Date(upload.expiresAt).toUTCString() }
      : { 'Volvox-Node-Id': upload.nodeId }),
  };
}

/** tus has a status of its own for a wrong checksum; all else as everywhere, with a problem document. */
export function sendTusError(request: GatewayRequest, thrown: unknown): void {
  const headers: Headers = { 'Tus-Resumable': version };
  const details = isAppError(thrown) ? thrown.details : {};
  if (typeof details['offset'] === 'number') headers['Upload-Offset'] = details['offset'];
  if (isAppError(thrown, 'checksum_mismatch')) return sendProblem(request, thrown, { status: 460, headers });
  if (isAppError(thrown, 'precondition_failed'))
    Object.assign(headers, { 'Tus-Version': version, 'Tus-Extension': extensions });
  if (!isAppError(thrown, 'unsupported')) return sendProblem(request, thrown, { headers });
  sendProblem(request, thrown, {
    status: 405,
    headers: { ...headers, Allow: String(details['allow'] ?? 'OPTIONS') },
  });
}
