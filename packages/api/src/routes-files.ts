import { Type } from 'typebox';
import { defineRoute } from './route.ts';
import { AccessRule, Activity, Change, Conflict, Cursor, Id, Kind, Name, Node, page, PermissionName, Time, Version, Workspace } from './schemas.ts';

const byId = Type.Object({ id: Id });
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 }));
const strict = { additionalProperties: false };
const Empty = { responseKind: 'empty' } as const;
const OptConflict = Type.Optional(Conflict);

export const SortKey = Type.Union([Type.Literal('name'), Type.Literal('size'), Type.Literal('modified')]);

/** Why somebody may or may not: the decision and each rule that spoke, from the workspace root down. */
export const Explanation = Type.Object({
  permissions: Type.Array(PermissionName),
  steps: Type.Array(Type.Object({ nodeId: Id, nodeName: Type.String(), roleId: Id, roleName: Type.String(), allow: Type.Array(PermissionName), deny: Type.Array(PermissionName), effect: Type.String() })),
});
export const BatchResult = Type.Object({
  results: Type.Array(Type.Object({ id: Id, ok: Type.Boolean(), code: Type.Optional(Type.String()), detail: Type.Optional(Type.String()), node: Type.Optional(Node) })),
});

export const fileRoutes = {
  listWorkspaces: defineRoute({ id: 'listWorkspaces', method: 'GET', path: '/workspaces', tag: 'workspaces', permission: 'node:read', summary: 'Workspaces the signed-in user may open', response: Type.Object({ items: Type.Array(Workspace) }) }),
  createWorkspace: defineRoute({ id: 'createWorkspace', method: 'POST', path: '/workspaces', tag: 'workspaces', permission: 'admin', status: 201, summary: 'Make a shared workspace', body: Type.Object({ slug: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }), name: Type.String({ minLength: 1, maxLength: 100 }), quota: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])) }, strict), response: Workspace }),
  updateWorkspace: defineRoute({ id: 'updateWorkspace', method: 'PATCH', path: '/workspaces/:id', tag: 'workspaces', permission: 'admin', params: byId, summary: 'Rename a workspace, set its quota', body: Type.Object({ name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })), quota: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])) }, strict), response: Workspace }),
  listTrash: defineRoute({ id: 'listTrash', method: 'GET', path: '/workspaces/:id/trash', tag: 'trash', permission: 'node:read', params: byId, summary: 'What was deleted, newest first', query: Type.Object({ cursor: Type.Optional(Cursor), limit: Limit }), response: page(Node) }),
  emptyTrash: defineRoute({ id: 'emptyTrash', method: 'DELETE', path: '/workspaces/:id/trash', tag: 'trash', permission: 'node:write', params: byId, summary: 'Remove everything in the trash for good', ...Empty }),

  lookupNode: defineRoute({ id: 'lookupNode', method: 'GET', path: '/nodes', tag: 'nodes', permission: 'node:read', summary: 'The node at a path', query: Type.Object({ path: Type.String({ maxLength: 8192, description: '/workspace/folder/name' }) }), response: Node }),
  getNode: defineRoute({ id: 'getNode', method: 'GET', path: '/nodes/:id', tag: 'nodes', permission: 'node:read', params: byId, summary: 'One node, with its path; of a folder with its size', response: Node }),
  getAncestors: defineRoute({ id: 'getAncestors', method: 'GET', path: '/nodes/:id/ancestors', tag: 'nodes', permission: 'node:read', params: byId, summary: 'From the workspace root down to the parent', response: Type.Object({ items: Type.Array(Type.Object({ id: Id, name: Type.String() })) }) }),
  listChildren: defineRoute({
    id: 'listChildren', method: 'GET', path: '/nodes/:id/children', tag: 'nodes', permission: 'node:read', params: byId,
    summary: 'A page of a folder, by cursor: page 1,000 costs what page 1 costs',
    query: Type.Object({
      cursor: Type.Optional(Cursor), limit: Limit,
      sort: Type.Optional(SortKey), order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
      kind: Type.Optional(Kind), name: Type.Optional(Type.String({ maxLength: 255, description: 'keep names that contain this, case and accents folded' })),
    }),
    response: Type.Object({ items: Type.Array(Node), next: Type.Union([Cursor, Type.Null()]), total: Type.Optional(Type.Integer({ description: 'children in the folder; with the first page' })) }),
  }),
  createFolder: defineRoute({ id: 'createFolder', method: 'POST', path: '/nodes/:id/children', tag: 'nodes', permission: 'node:write', params: byId, status: 201, summary: 'Make a folder in a folder', body: Type.Object({ name: Name, conflict: OptConflict }, strict), response: Node }),
  uploadFile: defineRoute({
    id: 'uploadFile', method: 'PUT', path: '/nodes/:id/children/:name/content', tag: 'contents', permission: 'node:write', params: Type.Object({ id: Id, name: Name }), status: 201,
    summary: 'Upload a file into a folder by one request; If-Match and If-None-Match hold, X-Content-SHA256 (hex) is checked',
    query: Type.Object({ conflict: OptConflict, modifiedAt: Type.Optional(Time) }), bodyKind: 'stream', response: Node,
  }),
  replaceContent: defineRoute({ id: 'replaceContent', method: 'PUT', path: '/nodes/:id/content', tag: 'contents', permission: 'node:write', params: byId, summary: 'A new version of a file', query: Type.Object({ modifiedAt: Type.Optional(Time) }), bodyKind: 'stream', response: Node }),
  downloadContent: defineRoute({
    id: 'downloadContent', method: 'GET', path: '/nodes/:id/content', tag: 'contents', permission: 'node:read', params: byId,
    summary: 'The bytes of a file; ranges and conditional requests hold (RFC 9110)',
    query: Type.Object({ version: Type.Optional(Id), download: Type.Optional(Type.Boolean({ description: 'true: as an attachment' })) }), responseKind: 'stream',
  }),
  downloadZip: defineRoute({ id: 'downloadZip', method: 'GET', path: '/zip', tag: 'contents', permission: 'node:read', summary: 'Folders and files as one zip stream with an exact Content-Length', query: Type.Object({ ids: Type.String({ maxLength: 8192, description: 'node ids, separated by commas' }), name: Type.Optional(Type.String({ maxLength: 200 })) }), responseKind: 'stream' }),
  updateNode: defineRoute({ id: 'updateNode', method: 'PATCH', path: '/nodes/:id', tag: 'nodes', permission: 'node:write', params: byId, summary: 'Rename, move, or both at once', body: Type.Object({ name: Type.Optional(Name), parentId: Type.Optional(Id), conflict: OptConflict }, strict), response: Node }),
  copyNode: defineRoute({ id: 'copyNode', method: 'POST', path: '/nodes/:id/copy', tag: 'nodes', permission: 'node:read', params: byId, status: 201, summary: 'Copy a file or a whole folder in one transaction; no bytes are copied', body: Type.Object({ parentId: Id, name: Type.Optional(Name), conflict: OptConflict }, strict), response: Node }),
  deleteNode: defineRoute({ id: 'deleteNode', method: 'DELETE', path: '/nodes/:id', tag: 'trash', permission: 'node:write', params: byId, summary: 'Into the trash; with permanent=true, or where it is in the trash already, for good', query: Type.Object({ permanent: Type.Optional(Type.Boolean()) }), ...Empty }),
  restoreNode: defineRoute({ id: 'restoreNode', method: 'POST', path: '/nodes/:id/restore', tag: 'trash', permission: 'node:write', params: byId, summary: 'Out of the trash, to where it was or to another folder', body: Type.Object({ parentId: Type.Optional(Id), conflict: OptConflict }, strict), response: Node }),
  batchNodes: defineRoute({ id: 'batchNodes', method: 'POST', path: '/batch', tag: 'nodes', permission: 'node:write', summary: 'One verb for many nodes, a result each', body: Type.Object({ verb: Type.Union([Type.Literal('move'), Type.Literal('copy'), Type.Literal('trash'), Type.Literal('restore'), Type.Literal('purge')]), ids: Type.Array(Id, { minItems: 1, maxItems: 1000 }), parentId: Type.Optional(Id), conflict: OptConflict }, strict), response: BatchResult }),
  listVersions: defineRoute({ id: 'listVersions', method: 'GET', path: '/nodes/:id/versions', tag: 'versions', permission: 'node:read', params: byId, summary: 'Versions of a file, newest first', query: Type.Object({ cursor: Type.Optional(Cursor), limit: Limit }), response: page(Version) }),
  restoreVersion: defineRoute({ id: 'restoreVersion', method: 'POST', path: '/nodes/:id/versions/:version/restore', tag: 'versions', permission: 'node:write', params: Type.Object({ id: Id, version: Id }), summary: 'Make an old version the newest', response: Node }),
  deleteVersion: defineRoute({ id: 'deleteVersion', method: 'DELETE', path: '/nodes/:id/versions/:version', tag: 'versions', permission: 'node:write', params: Type.Object({ id: Id, version: Id }), summary: 'Remove an old version for good', ...Empty }),
  bulkUpload: defineRoute({
    id: 'bulkUpload', method: 'POST', path: '/nodes/:id/bulk', tag: 'contents', permission: 'node:write', params: byId,
    summary: 'Many small files in one request. Body (application/x-volvox-bulk): for each file a 4-byte big-endian length, that many bytes of JSON {path, size, sha256?, modifiedAt?}, then size bytes. Answer: a result each, in order',
    query: Type.Object({ conflict: OptConflict }), bodyKind: 'stream',
    response: Type.Object({ results: Type.Array(Type.Object({ path: Type.String(), ok: Type.Boolean(), nodeId: Type.Optional(Id), etag: Type.Optional(Type.String()), code: Type.Optional(Type.String()), detail: Type.Optional(Type.String()) })) }),
  }),

  listRules: defineRoute({ id: 'listRules', method: 'GET', path: '/nodes/:id/rules', tag: 'access', permission: 'node:manage', params: byId, summary: 'Access rules set on this node', response: Type.Object({ items: Type.Array(AccessRule) }) }),
  setRule: defineRoute({ id: 'setRule', method: 'PUT', path: '/nodes/:id/rules/:role', tag: 'access', permission: 'node:manage', params: Type.Object({ id: Id, role: Id }), summary: 'Set what a role may do here and below; empty lists remove the rule', body: Type.Object({ allow: Type.Array(PermissionName), deny: Type.Array(PermissionName) }, strict), ...Empty }),
  why: defineRoute({ id: 'why', method: 'GET', path: '/nodes/:id/why', tag: 'access', permission: 'node:manage', params: byId, summary: 'Explain what a user may do with this node', query: Type.Object({ user: Id }), response: Explanation }),

  listChanges: defineRoute({ id: 'listChanges', method: 'GET', path: '/changes', tag: 'changes', permission: 'node:read', summary: 'What changed after a position, in order, as far as the signed-in user may read', query: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0, description: 'a seq; without it: only the current head is answered' })), limit: Limit }), response: Type.Object({ items: Type.Array(Change), head: Type.Integer(), more: Type.Boolean() }) }),
  events: defineRoute({ id: 'events', method: 'GET', path: '/events', tag: 'changes', permission: 'node:read', summary: 'The same as server-sent events; Last-Event-ID or ?after goes on without a gap', query: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }), responseKind: 'events' }),
  search: defineRoute({
    id: 'search', method: 'GET', path: '/search', tag: 'search', permission: 'node:read', summary: 'Search by name, kind, size, date and owner; accents and case folded',
    query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 200 })), kind: Type.Optional(Kind), minSize: Type.Optional(Type.Integer()), maxSize: Type.Optional(Type.Integer()), modifiedAfter: Type.Optional(Time), modifiedBefore: Type.Optional(Time), owner: Type.Optional(Id), extension: Type.Optional(Type.String({ maxLength: 20 })), workspaceId: Type.Optional(Id), within: Type.Optional(Id), cursor: Type.Optional(Cursor), limit: Limit }),
    response: page(Node),
  }),
  listActivity: defineRoute({ id: 'listActivity', method: 'GET', path: '/activity', tag: 'activity', permission: 'node:read', summary: 'What happened to a node, or what a person did; as far as the signed-in user may read', query: Type.Object({ node: Type.Optional(Id), user: Type.Optional(Id), cursor: Type.Optional(Cursor), limit: Limit }), response: page(Activity) }),
} as const;
