/** Bytes for visitors of a link: counted where they are the original ones, made anew where only a preview is allowed. */
import type { Routes } from '@volvox/api';
import { AppError } from '../../../kernel/errors.ts';
import type { Rendered, RenderWish, Visit } from '../../../services/sharing/api.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import { rangeApplies } from '../../http-semantics/conditions.ts';
import { contentHeaders, dispositionOf, mimeOf } from '../../http-semantics/content-headers.ts';
import { parseRange } from '../../http-semantics/ranges.ts';
import { answerContent } from '../content-answer.ts';
import type { Call, StreamAnswer } from '../handler.ts';
import { takeDownload } from './visitor-records.ts';
import { zipAnswer } from '../zip/zip-answer.ts';

type ContentCall = Call<Routes['downloadContent']>;
type ZipCall = Call<Routes['downloadZip']>;
type PreviewCall = Call<Routes['linkPreview']>;

const fullSize = 2048;
/** Largest PDF that is stamped: what it unpacks to, nothing bounds. */
const stampLimit = 4 * 2 ** 20;

export async function visitorContent(services: Services, call: ContentCall): Promise<StreamAnswer> {
  const { tree, sharing } = services;
  const { context, query } = call;
  const visit = await sharing.visitOf(context.principal);
  const { link } = visit;
  if (query.version !== undefined)
    throw new AppError('forbidden', 'a link shows what is there now, no earlier versions');
  const file = await tree.locate(context, call.params.id);
  if (file.node.kind !== 'file')
    throw new AppError('conflict', 'a folder has no content of its own: ask for a zip');
  const attachment = query.download === true;
  const original = link.permissions.includes('download');
  if (!original && attachment) throw new AppError('forbidden', 'this link is for looking only');
  const kind = sharing.previewKindOf(mimeOf(file.node.name));
  const made = !attachment && (!original || link.watermark || link.maxDownloads !== null);
  if (made && (kind === 'image' || kind === 'pdf')) return previewed(services, call, file, visit, fullSize);
  if (!original && kind === null) throw new AppError('forbidden', 'there is no preview of this kind of file');
  if (original) await count(services, call, file, attachment || link.maxDownloads !== null);
  else await requireLeft(services, call);
  if (!original && kind !== 'media') delete call.scope.raw.headers.range;
  const wish = { download: attachment, redirect: false };
  const answer = await answerContent(services, context, call.scope.raw, file, wish);
  return original || kind === 'media' ? answer : asPlainText(answer, file);
}

/** What runs in a browser is shown as the text that it is. */
function asPlainText(answer: StreamAnswer, file: Located): StreamAnswer {
  const headers = {
    ...answer.headers,
    ...contentHeaders('preview.txt', 'inline'),
    'Content-Disposition': dispositionOf('inline', file.node.name),
    'Accept-Ranges': 'none',
  };
  return { ...answer, headers };
}

/** A request that continues where another one was cut is the same download. */
async function count(
  services: Services,
  call: ContentCall,
  { node }: Located,
  counts: boolean,
): Promise<void> {
  const { raw, client } = call.scope;
  if (!counts || raw.method === 'HEAD') return;
  const range = rangeApplies(raw.headers['if-range'], node) ? parseRange(raw.headers.range, node.size) : null;
  const resumes = range !== null && range !== 'unsatisfiable' && range.start > 0;
  await takeDownload(services, call.context, client, {
    nodeId: node.id,
    versionId: node.versionId ?? '',
    resumes,
  });
}

export async function visitorZip(services: Services, call: ZipCall): Promise<StreamAnswer> {
  const { sharing } = services;
  const { context, query, scope } = call;
  const { link } = await sharing.visitOf(context.principal);
  if (!link.permissions.includes('download'))
    throw new AppError('forbidden', 'this link is for looking only');
  const ids = query.ids.split(',');
  const answer = await zipAnswer(services, context, scope, ids, query.name ?? (link.label || undefined));
  if (scope.raw.method !== 'HEAD')
    await takeDownload(services, context, scope.client, {
      nodeId: ids.length === 1 ? (ids[0] ?? '') : '',
      versionId: '',
      resumes: false,
    });
  return answer;
}

export async function linkPreview(services: Services, call: PreviewCall): Promise<StreamAnswer> {
  const { context } = call;
  const visit = await services.sharing.visitOf(context.principal);
  const file = await services.tree.locate(context, call.params.id);
  return previewed(services, call, file, visit, call.query.size ?? fullSize);
}

async function previewed(
  services: Services,
  call: ContentCall | PreviewCall,
  file: Located,
  visit: Visit,
  size: number,
): Promise<StreamAnswer> {
  const { sharing, contents } = services;
  const { node } = file;
  const { versionId } = node;
  const kind = sharing.previewKindOf(mimeOf(node.name));
  if (versionId === null || (kind !== 'image' && kind !== 'pdf'))
    throw new AppError('unsupported_media_type', 'there is no preview of this kind of file');
  await requireLeft(services, call);
  const watermark = sharing.watermarkOf(visit);
  const { signal } = call.context;
  let wish: RenderWish = { kind: 'image', size, watermark };
  if (kind === 'pdf') {
    if (watermark === null) {
      await countWhole(services, call, visit, node);
      return previewAnswer(call, 'application/pdf', node.size, contents.stream(versionId, null, signal));
    }
    requireStampable(visit, node.size);
    wish = { kind, watermark };
  }
  if (node.size > sharing.renderLimit) throw new AppError('too_large', 'the file is too large for a preview');
  const read = async (): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of contents.stream(versionId, null, signal)) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces);
  };
  const made = await sharing.render(versionId, read, wish);
  return previewAnswer(call, made.type, made.bytes.length, made.bytes);
}

/** Shown as it is: who may save it has it by that. */
async function countWhole(
  services: Services,
  call: ContentCall | PreviewCall,
  { link }: Visit,
  { id: nodeId, versionId }: Located['node'],
): Promise<void> {
  if (!link.permissions.includes('download') || link.maxDownloads === null) return;
  const { raw, client } = call.scope;
  if (raw.method === 'HEAD') return;
  await takeDownload(services, call.context, client, { nodeId, versionId: versionId ?? '', resumes: false });
}

/** @throws forbidden, too_large for what strangers may have packed, or unpacks to too much */
function requireStampable({ link }: Visit, size: number): void {
  if (link.permissions.includes('upload'))
    throw new AppError(
      'forbidden',
      'PDF files of links that take uploads get no watermark, so they are not shown',
      {
        details: { reason: 'watermark' },
      },
    );
  if (size > stampLimit)
    throw new AppError('too_large', 'the file is too large for a watermark', {
      details: { reason: 'watermark', limit: stampLimit },
    });
}

function previewAnswer(
  call: ContentCall | PreviewCall,
  type: Rendered['type'],
  length: number,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): StreamAnswer {
  const { raw } = call.scope;
  return {
    status: 200,
    headers: {
      'Content-Type': type,
      'Content-Length': length,
      'Content-Disposition': dispositionOf('inline', `preview.${type === 'image/webp' ? 'webp' : 'pdf'}`),
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'self'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'private, max-age=300',
      'Accept-Ranges': 'none',
    },
    body: raw.method === 'HEAD' ? null : body,
  };
}

async function requireLeft({ sharing }: Services, call: ContentCall | PreviewCall): Promise<void> {
  if ((await sharing.downloadsLeft(call.context.principal)) === 0) throw sharing.exhausted();
}
