import type { IncomingMessage } from 'node:http';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { StoredContent, WriteOptions } from '../../services/contents/api.ts';
import type { Precondition } from '../../services/tree/api.ts';
import type { WorkspaceRecord } from '../../services/workspaces/api.ts';
import type { Services } from '../contract.ts';
import { evaluate, isConditional } from '../http-semantics/conditions.ts';
import { statedSha256 } from './digests.ts';
import type { RequestScope } from './request-scope.ts';

/** Bodies up to this size are read whole before they are stored: one buffer is cheaper than a stream of pieces. */
const wholeBody = 256 * 1024;

/**
 * Stores the request's body as content, checked against what its headers state.
 * @param more `hashWhole`: the hash of everything is wanted, whatever its size
 */
export async function storeBody(
  services: Pick<Services, 'contents' | 'tree'>,
  context: Context,
  scope: RequestScope,
  workspace: WorkspaceRecord,
  more: Pick<WriteOptions, 'hashWhole'> = {},
): Promise<StoredContent> {
  const { body, raw } = scope;
  if (raw.headers['content-range'] !== undefined)
    throw new AppError('invalid_input', 'PUT takes no Content-Range'); // RFC 9110 section 14.5
  const coding = raw.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity')
    throw new AppError('unsupported_media_type', `Content-Encoding ${coding} is not taken`);
  const sha256 = statedSha256(raw.headers);
  const room = workspace.quota === null ? null : (await services.tree.usage(workspace)).free;
  if (room !== null && body.length !== null && body.length > room) {
    throw new AppError('quota_exceeded', 'the quota does not leave room for this', {
      details: { free: room },
    });
  }
  const options: WriteOptions = {
    ...more,
    ...(body.length === null ? {} : { size: body.length }),
    ...(sha256 === null ? {} : { expect: { algorithm: 'sha256', digest: sha256 } }),
    ...(room === null ? {} : { room }),
  };
  const whole = body.length !== null && body.length <= wholeBody;
  return services.contents.write(context, whole ? await body.whole(wholeBody) : body.stream(), options);
}

/** If-Match and the like, to be held against what is there inside the transaction. */
export function preconditionOf(raw: IncomingMessage): Precondition | undefined {
  if (!isConditional(raw.headers)) return undefined;
  return (current) => {
    if (evaluate('PUT', raw.headers, current) !== null)
      throw new AppError('precondition_failed', 'a condition of the request does not hold');
  };
}
