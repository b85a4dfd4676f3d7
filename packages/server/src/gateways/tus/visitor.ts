/** Uploads by visitors of a public link. */
import type { Upload, UploadTarget } from '../../services/uploads/api.ts';
import { noteUpload } from '../http/links/visitor-records.ts';
import { uploadMetadata } from './headers.ts';
import type { TusRequest } from './request.ts';

/** Where a link wants it, and never in place of what is there. */
export async function placedForVisitor(
  { services, context }: TusRequest,
  target: UploadTarget,
  size: number | null,
): Promise<UploadTarget> {
  if (context.principal.confined === undefined) return target;
  const { parentId, folders } = target;
  const place = await services.sharing.placeOf(context, { parentId, folders, size });
  return { ...target, ...place, onConflict: 'keep_both' };
}

/** For the receipt and the owner, by the name that the uploader gave. */
export async function noteVisitorsFile(
  { services, context, request }: TusRequest,
  upload: Upload,
): Promise<void> {
  const { principal } = context;
  if (principal.confined === undefined || upload.nodeId === null) return;
  const { node } = await services.tree.locate(context, upload.nodeId);
  const told = uploadMetadata(upload.metadata);
  const name = told.get('filename') ?? told.get('name') ?? node.name;
  await noteUpload(services, context, request.client, node, name);
}
