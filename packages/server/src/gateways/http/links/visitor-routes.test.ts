import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes, type Route } from '@volvox/api';
import { visitorRoutes } from './visitor-routes.ts';

/** Looked at and refused: a visitor of a link has nothing to do there. Where a tag is mixed, by route. */
const refusedTags = new Set([
  ...[
    'access',
    'activity',
    'admin',
    'audit',
    'cells',
    'changes',
    'connectors',
    'factors',
    'links',
    'mail',
    'oidc',
    'people',
  ],
  ...['roles', 'session', 'setup', 'shares', 'teams', 'trash', 'users', 'versions', 'workspaces'],
]);
const refusedRoutes = new Set([
  'lookupNode',
  'updateNode',
  'copyNode',
  'batchNodes',
  'replaceContent',
  'bulkUpload',
]);

for (const route of Object.values(routes) as readonly Route[]) {
  test(`${route.id}: a visitor of a link either has it or is refused on purpose`, () => {
    const allowed = Object.hasOwn(visitorRoutes, route.id);
    const refused = refusedTags.has(route.tag) || refusedRoutes.has(route.id);
    assert.ok(allowed !== refused, `${route.tag}: decide for ${route.id} in visitor-routes.ts or here`);
  });
}

test('what visitors have reads, or brings files; nothing else', () => {
  const all = routes as Readonly<Record<string, Route>>;
  for (const id of Object.keys(visitorRoutes)) {
    const route = all[id];
    assert.ok(route !== undefined, id);
    const harmless = ['createFolder', 'uploadFile', 'visitLink', 'sendReceipt'];
    assert.ok(route.method === 'GET' || harmless.includes(id), id);
    assert.ok(['node:read', 'node:write', 'link'].includes(route.permission), id);
  }
});
