/** Public links by WebDAV: the token as user name, the link's password as password; to look and to download. */
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Credentials } from '../../services/identity/api.ts';
import type { TreeNode } from '../../services/tree/api.ts';
import type { Services } from '../contract.ts';
import { takeDownload } from '../http/links/visitor-records.ts';
import { Refusal } from './errors.ts';
import type { DavRequest } from './request.ts';

/** 128 random bits; that a login of 22 signs is mixed like this does not happen by chance. */
const token = /^(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9_-]{22}$/;
const reading = new Set(['GET', 'HEAD', 'PROPFIND', 'OPTIONS']);

export function asVisitor(credentials: Credentials): Credentials {
  if (credentials.kind !== 'basic' || !token.test(credentials.login)) return credentials;
  const { login, secret } = credentials;
  return { kind: 'link', token: login, secret, by: 'password' };
}

/** Nothing is changed this way, and what is for looking only has no place in a folder of files. */
export async function admitVisitor(
  { sharing }: Services,
  { principal }: Context,
  method: string,
): Promise<void> {
  if (principal.confined === undefined) return;
  const { link } = await sharing.visitOf(principal);
  if (!reading.has(method)) throw new Refusal(403, 'forbidden', 'links are read-only by WebDAV');
  if (!link.permissions.includes('download'))
    throw new AppError('forbidden', 'this link is not for downloads');
  if (method !== 'GET' && (await sharing.downloadsLeft(principal)) === 0) throw sharing.exhausted();
}

/** Each download counts, except where one goes on that was counted. @throws gone */
export async function countVisitor(
  { services, context, request, method }: DavRequest,
  node: TreeNode,
  start: number,
): Promise<void> {
  const { principal } = context;
  if (principal.confined === undefined || method !== 'GET') return;
  await takeDownload(services, context, request.client, {
    nodeId: node.id,
    versionId: node.versionId ?? '',
    resumes: start > 0,
  });
}
