import { AppError } from '../../../kernel/errors.ts';
import { WRITE } from '../../../services/access/api.ts';
import type { StoredContent } from '../../../services/contents/api.ts';
import type { Located, OnConflict } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import { bulkUpload } from '../bulk/bulk-upload.ts';
import { visitorContent, visitorZip } from '../links/visitor-content.ts';
import { receiveFile } from '../links/visitor-upload.ts';
import { answerContent } from '../content-answer.ts';
import type { Call, Handlers } from '../handler.ts';
import type { Routes } from '@volvox/api';
import { presentNode } from '../present.ts';
import { preconditionOf, storeBody } from '../upload-body.ts';
import { zipAnswer } from '../zip/zip-answer.ts';
import { presentChanged } from './nodes.ts';

type Names = 'uploadFile' | 'replaceContent' | 'downloadContent' | 'downloadZip' | 'bulkUpload';
type Upload = Call<Routes['uploadFile']>;

/** Larger bodies are worth a look whether they may be kept, before they travel. */
const earlyLook = 2 ** 20;

export function contentHandlers(services: Services): Pick<Handlers, Names> {
  const { tree } = services;
  return {
    async uploadFile(call) {
      if (call.context.principal.confined !== undefined) return receiveFile(services, call);
      const folder = await tree.locate(call.context, call.params.id, WRITE);
      if (folder.node.kind !== 'folder') throw new AppError('conflict', 'the target is no folder');
      const onConflict =
        call.query.conflict ?? (call.scope.raw.headers['if-match'] === undefined ? 'fail' : 'replace');
      await lookEarly(services, call, folder, onConflict);
      const content = await storeBody(services, call.context, call.scope, folder.workspace);
      const changed = await tree.putFile(
        call.context,
        { parentId: folder.node.id, name: call.params.name },
        content,
        {
          onConflict,
          ...putOptions(call),
        },
      );
      call.setStatus(changed.created ? 201 : 200);
      call.setHeader('etag', changed.node.etag);
      if (!changed.created) return presentChanged(services, call.context, changed.node.id);
      return presentNode(changed.node, folder.workspace.id, folder.permissions); // a new node has no rules of its own
    },
    async replaceContent(call) {
      const file = await tree.locate(call.context, call.params.id, WRITE);
      if (file.node.kind !== 'file') throw new AppError('conflict', 'a folder has no content of its own');
      const content: StoredContent = await storeBody(services, call.context, call.scope, file.workspace);
      const changed = await tree.putFile(call.context, { nodeId: call.params.id }, content, {
        onConflict: 'replace',
        ...putOptions(call),
      });
      call.setHeader('etag', changed.node.etag);
      return presentNode(changed.node, file.workspace.id, file.permissions);
    },
    async downloadContent(call) {
      if (call.context.principal.confined !== undefined) return visitorContent(services, call);
      const file = await tree.locate(call.context, call.params.id);
      const { version, download } = call.query;
      return answerContent(services, call.context, call.scope.raw, file, {
        ...(version === undefined ? {} : { version }),
        download: download ?? false,
        // Pages that show a content read it from our own origin; what is saved may come from anywhere.
        redirect: download ?? false,
      });
    },
    downloadZip: (call) =>
      call.context.principal.confined === undefined
        ? zipAnswer(services, call.context, call.scope, call.query.ids.split(','), call.query.name)
        : visitorZip(services, call),
    bulkUpload: (call) =>
      bulkUpload(services, call.context, call.scope, call.params.id, call.query.conflict ?? 'fail'),
  };
}

function putOptions(call: Upload | Call<Routes['replaceContent']>): {
  precondition?: ReturnType<typeof preconditionOf>;
  modifiedAt?: number;
} {
  const precondition = preconditionOf(call.scope.raw);
  const { modifiedAt } = call.query;
  return {
    ...(precondition === undefined ? {} : { precondition }),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
  };
}

async function lookEarly(
  services: Services,
  call: Upload,
  folder: Located,
  onConflict: OnConflict,
): Promise<void> {
  const { length } = call.scope.body;
  if (length !== null && length <= earlyLook) return;
  const found = await services.tree.below(call.context, folder, [call.params.name]);
  preconditionOf(call.scope.raw)?.(found?.node ?? null);
  if (found !== null && onConflict === 'fail')
    throw new AppError('conflict', 'the name is taken', { details: { name: call.params.name } });
}
