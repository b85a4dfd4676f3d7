import type { ScopeName } from '../../kernel/context.ts';
import { handleCopy, handleMove } from './copy-move.ts';
import { handleDelete, handleMkcol } from './folders.ts';
import { handleGet } from './get.ts';
import { handleLock, handleUnlock } from './lock.ts';
import { handlePropfind } from './propfind.ts';
import { handleProppatch } from './proppatch.ts';
import { handlePut } from './put.ts';
import type { DavRequest } from './request.ts';

export interface Method {
  /** What the credentials must be good for; what the user may do with a node is decided by the services. */
  readonly scope: Extract<ScopeName, 'files:read' | 'files:write'>;
  handle(dav: DavRequest): Promise<void>;
}

/** Every method but OPTIONS, which is answered to anybody. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['GET', { scope: 'files:read', handle: handleGet }],
  ['HEAD', { scope: 'files:read', handle: handleGet }],
  ['PROPFIND', { scope: 'files:read', handle: handlePropfind }],
  ['PUT', { scope: 'files:write', handle: handlePut }],
  ['DELETE', { scope: 'files:write', handle: handleDelete }],
  ['MKCOL', { scope: 'files:write', handle: handleMkcol }],
  ['COPY', { scope: 'files:write', handle: handleCopy }],
  ['MOVE', { scope: 'files:write', handle: handleMove }],
  ['PROPPATCH', { scope: 'files:write', handle: handleProppatch }],
  ['LOCK', { scope: 'files:write', handle: handleLock }],
  ['UNLOCK', { scope: 'files:write', handle: handleUnlock }],
]);

export const allow = ['OPTIONS', ...methods.keys()].join(', ');
