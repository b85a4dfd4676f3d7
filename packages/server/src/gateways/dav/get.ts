import type { OutgoingHttpHeaders } from 'node:http';
import { giveBackBuffer } from '../../kernel/buffer-pool.ts';
import { AppError } from '../../kernel/errors.ts';
import type { TreeNode } from '../../services/tree/api.ts';
import { rangeApplies } from '../http-semantics/conditions.ts';
import { contentHeaders } from '../http-semantics/content-headers.ts';
import { httpDate } from '../http-semantics/dates.ts';
import { contentRange, parseRange, type SatisfiableRange } from '../http-semantics/ranges.ts';
import { roomIn, sendEmpty } from './answer.ts';
import { Refusal } from './errors.ts';
import { readingStatus } from './preconditions.ts';
import { resolve, type DavRequest } from './request.ts';
import { countVisitor } from './visitors.ts';

/** GET and HEAD. Folders have no content of their own: a browser is sent to the web application, others get 405. */
export async function handleGet(dav: DavRequest): Promise<void> {
  if (dav.path.segments.length === 0) return refuseFolder(dav, '/');
  const place = await resolve(dav, dav.path);
  const node = place.found?.node;
  if (node === undefined) throw new AppError('not_found', 'nothing is there');
  if (node.kind === 'folder') return refuseFolder(dav, `/files/${node.id}`);
  const headers: OutgoingHttpHeaders = { ETag: node.etag, 'Last-Modified': httpDate(node.modifiedAt) };
  if ((await readingStatus(dav, place, node)) === 304) return sendEmpty(dav.res, 304, headers);
  Object.assign(headers, contentHeaders(node.name, 'auto'));
  headers['Accept-Ranges'] = 'bytes';
  headers['Cache-Control'] = 'private, no-cache';
  const range = rangeOf(dav, node);
  if (range === 'unsatisfiable') {
    throw new Refusal(416, 'range_not_satisfiable', 'the range lies outside the content', {
      headers: { 'Content-Range': contentRange(null, node.size), ETag: node.etag },
    });
  }
  if (range !== null) headers['Content-Range'] = contentRange(range, node.size);
  headers['Content-Length'] = range === null ? node.size : range.end - range.start + 1;
  await countVisitor(dav, node, range?.start ?? 0);
  if (dav.method === 'GET') {
    const bytes = range === null ? node.size : range.end - range.start + 1;
    const { id: nodeId, versionId } = node;
    dav.services.audit.read(dav.context, {
      nodeId,
      workspaceId: place.workspace.id,
      versionId,
      bytes,
    });
  }
  await sendContent(dav, node, range, headers);
}

/** HEAD has no ranges (RFC 9110 section 14.2). */
function rangeOf(dav: DavRequest, node: TreeNode): SatisfiableRange | 'unsatisfiable' | null {
  if (dav.method === 'HEAD' || dav.headers.range === undefined) return null;
  return rangeApplies(dav.headers['if-range'], node) ? parseRange(dav.headers.range, node.size) : null;
}

async function sendContent(
  dav: DavRequest,
  node: TreeNode,
  range: SatisfiableRange | null,
  headers: OutgoingHttpHeaders,
): Promise<void> {
  const { res } = dav;
  const status = range === null ? 200 : 206;
  if (dav.method === 'HEAD' || node.size === 0 || node.versionId === null) {
    res.writeHead(status, headers);
    res.end();
    return;
  }
  const small = await dav.services.contents.small(node.versionId, node.size);
  if (small !== null) {
    res.writeHead(status, headers);
    res.end(range === null ? small : small.subarray(range.start, range.end + 1));
    return;
  }
  // Headers leave with the first piece, so that a content which can't be read is still an error with a status.
  for await (const piece of dav.services.contents.stream(node.versionId, range, dav.request.signal)) {
    if (!res.headersSent) res.writeHead(status, headers);
    res.write(piece, (error) => error ?? giveBackBuffer(piece));
    const room = roomIn(res);
    if (room !== null) await room;
    if (res.destroyed) return;
  }
  res.end();
}

/** `page`: where the web application shows the folder. */
function refuseFolder(dav: DavRequest, page: string): void {
  if (!/\btext\/html\b/.test(dav.headers.accept ?? '')) {
    throw new Refusal(405, 'unsupported', 'a folder has no content; list it with PROPFIND', {
      headers: { Allow: folderMethods },
    });
  }
  sendEmpty(dav.res, 302, { Location: page, Vary: 'Accept' });
}

export const folderMethods = 'OPTIONS, PROPFIND, PROPPATCH, DELETE, COPY, MOVE, LOCK, UNLOCK';
