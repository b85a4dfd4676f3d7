/** A file that a visitor of a link brings by one request. Nothing that is there is replaced, nor told of. */
import type { Node, Routes } from '@volvox/api';
import { AppError } from '../../../kernel/errors.ts';
import { WRITE } from '../../../services/access/api.ts';
import type { Services } from '../../contract.ts';
import type { Call } from '../handler.ts';
import { presentNode } from '../present.ts';
import { storeBody } from '../upload-body.ts';
import { noteUpload } from './visitor-records.ts';

export async function receiveFile(services: Services, call: Call<Routes['uploadFile']>): Promise<Node> {
  const { tree, sharing } = services;
  const { context, params, scope, query } = call;
  const place = await sharing.placeOf(context, {
    parentId: params.id,
    folders: [],
    size: scope.body.length,
  });
  const parentId =
    place.folders.length === 0
      ? place.parentId
      : (await tree.ensureFolders(context, place.parentId, place.folders)).id;
  const folder = await tree.locate(context, parentId, WRITE);
  if (folder.node.kind !== 'folder') throw new AppError('conflict', 'the target is no folder');
  const content = await storeBody(services, context, scope, folder.workspace, { hashWhole: true });
  const { node } = await tree.putFile(context, { parentId, name: params.name }, content, {
    onConflict: 'keep_both',
    ...(query.modifiedAt === undefined ? {} : { modifiedAt: query.modifiedAt }),
  });
  await noteUpload(services, context, scope.client, node, params.name);
  const shown = presentNode(node, folder.workspace.id, folder.permissions);
  if (context.principal.scopes.includes('files:read')) return shown;
  // By a number behind the name an uploader would learn that somebody else's has it.
  return { ...shown, name: params.name, permissions: [] };
}
