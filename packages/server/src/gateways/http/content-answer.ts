import type { IncomingMessage } from 'node:http';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Located } from '../../services/tree/api.ts';
import type { Services } from '../contract.ts';
import { evaluate, rangeApplies } from '../http-semantics/conditions.ts';
import { contentHeaders } from '../http-semantics/content-headers.ts';
import { httpDate } from '../http-semantics/dates.ts';
import { contentRange, parseRange } from '../http-semantics/ranges.ts';
import { reprDigest } from './digests.ts';
import type { StreamAnswer } from './handler.ts';

/** What is sent: the current content of a file, or an older version of it. */
interface Representation {
  readonly versionId: string | null;
  readonly size: number;
  readonly sha256: string | null;
  readonly etag: string;
  readonly modifiedAt: number;
}

interface Wish {
  readonly version?: string;
  /** As an attachment, whatever it is. */
  readonly download: boolean;
  /** The client may be sent to the blob store itself. */
  readonly redirect?: boolean;
}

/** A file's bytes as an answer: conditions, one range, safe headers (RFC 9110). */
export async function answerContent(
  services: Pick<Services, 'tree' | 'contents' | 'audit'>,
  context: Context,
  raw: IncomingMessage,
  file: Located,
  wish: Wish,
): Promise<StreamAnswer> {
  if (file.node.kind !== 'file')
    throw new AppError('conflict', 'a folder has no content of its own: ask for a zip');
  const shown =
    wish.version === undefined || wish.version === file.node.versionId
      ? file.node
      : await versionOf(services, context, file, wish.version);
  const headers: Record<string, string | number> = {
    ETag: shown.etag,
    'Last-Modified': httpDate(shown.modifiedAt),
    'Cache-Control': 'private, no-cache',
  };
  const decided = evaluate(raw.method ?? '', raw.headers, shown);
  if (decided?.status === 304) return { status: 304, headers, body: null };
  if (decided?.status === 412)
    throw new AppError('precondition_failed', 'a condition of the request does not hold');
  const asked =
    raw.method === 'HEAD' || !rangeApplies(raw.headers['if-range'], shown)
      ? null
      : parseRange(raw.headers.range, shown.size);
  if (asked === 'unsatisfiable') {
    throw new AppError('range_not_satisfiable', 'the range lies outside the content', {
      details: { size: shown.size },
    });
  }
  // Our own pages may frame what is passive (a PDF, a text); what is active brings its sandbox along.
  Object.assign(
    headers,
    { 'Content-Security-Policy': "frame-ancestors 'self'" },
    contentHeaders(file.node.name, wish.download ? 'attachment' : 'inline'),
  );
  if (raw.method === 'GET') noteRead(services, context, file, shown, asked);
  const direct =
    wish.redirect === true && raw.method === 'GET' ? await directUrl(services, shown, headers) : null;
  if (direct !== null)
    return { status: 302, headers: { Location: direct.href, 'Cache-Control': 'no-store' }, body: null };
  headers['Accept-Ranges'] = 'bytes';
  headers['Content-Length'] = asked === null ? shown.size : asked.end - asked.start + 1;
  if (asked !== null) headers['Content-Range'] = contentRange(asked, shown.size);
  if (shown.sha256 !== null && raw.headers['want-repr-digest'] !== undefined)
    headers['Repr-Digest'] = reprDigest(shown.sha256);
  return {
    status: asked === null ? 200 : 206,
    headers,
    body: raw.method === 'HEAD' ? null : await bytesOf(services, context, shown, asked),
  };
}

function noteRead(
  { audit }: Pick<Services, 'audit'>,
  context: Context,
  { node, workspace }: Located,
  { versionId, size }: Representation,
  range: { readonly start: number; readonly end: number } | null,
): void {
  const bytes = range === null ? size : range.end - range.start + 1;
  audit.read(context, { nodeId: node.id, workspaceId: workspace.id, versionId, bytes });
}

async function directUrl(
  { contents }: Pick<Services, 'contents'>,
  shown: Representation,
  headers: Readonly<Record<string, string | number>>,
): Promise<URL | null> {
  if (shown.versionId === null || shown.size === 0) return null;
  return contents.directUrl(shown.versionId, {
    contentType: String(headers['Content-Type']),
    disposition: String(headers['Content-Disposition']),
  });
}

async function bytesOf(
  services: Pick<Services, 'contents'>,
  context: Context,
  shown: Representation,
  range: { readonly start: number; readonly end: number } | null,
): Promise<StreamAnswer['body']> {
  if (shown.versionId === null || shown.size === 0) return null;
  const small = await services.contents.small(shown.versionId, shown.size);
  if (small === null) return services.contents.stream(shown.versionId, range, context.signal);
  return range === null ? small : small.subarray(range.start, range.end + 1);
}

const pageSize = 200;

async function versionOf(
  services: Pick<Services, 'tree'>,
  context: Context,
  file: Located,
  id: string,
): Promise<Representation> {
  let cursor: string | undefined;
  do {
    const page = await services.tree.versions(context, file.node.id, {
      limit: pageSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = page.items.find((version) => version.id === id);
    if (found !== undefined)
      return {
        versionId: id,
        size: found.size,
        sha256: found.sha256,
        etag: `"${id}"`,
        modifiedAt: found.createdAt,
      };
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  throw new AppError('not_found', 'the file has no such version');
}
