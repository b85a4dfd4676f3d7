/** Rules hold alike on REST and WebDAV, and can be explained. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PermissionName } from '@volvox/api';
import { asUser, davPath, makeUser, none, refused, startServer, textOf, upload } from './harness.ts';

const server = await startServer();
const administrator = server.client();
const team = await administrator.call('createGroup', { body: { name: 'Team' } });
const anna = await makeUser(server, 'anna', { groupId: team.id });
await makeUser(server, 'bert');
const everyone = (await administrator.call('listGroups')).items.find((group) => group.parentId === null);
assert.ok(everyone);
const { rootId } = await administrator.call('createWorkspace', { body: { slug: 'files', name: 'Files' } });
const top = await administrator.call('createFolder', { params: { id: rootId }, body: { name: 'top' } });
const inner = await administrator.call('createFolder', { params: { id: top.id }, body: { name: 'inner' } });
const file = await upload(administrator, inner.id, 'f.txt', 'secret');

function rule(
  id: string,
  role: string,
  allow: PermissionName[],
  deny: PermissionName[] = [],
): Promise<undefined> {
  return administrator.call('setRule', { params: { id, role }, body: { allow, deny } });
}

/** [REST read, WebDAV read, REST write, WebDAV write] of the file. */
async function tries(login: string): Promise<number[]> {
  const as = asUser(login);
  const target = davPath('files', 'top', 'inner', 'f.txt');
  const answers = [
    await server.fetch('GET', `/api/v1/nodes/${file.id}/content`, { as }),
    await server.fetch('GET', target, { as }),
    await server.fetch('PUT', `/api/v1/nodes/${file.id}/content`, { as, body: 'secret' }),
    await server.fetch('PUT', target, { as, body: 'secret' }),
  ];
  return answers.map((answer) => answer.status);
}

const [readWrite, readOnly, nothing] = [
  [200, 200, 200, 204],
  [200, 200, 403, 403],
  [404, 404, 404, 409], // WebDAV answers a PUT below a folder that is not there with 409 (RFC 4918 section 9.7.1)
];

test('without a rule nobody but those named at its making sees a workspace', async () => {
  assert.deepEqual(await tries('anna'), nothing);
  await rule(rootId, everyone.roleId, ['read', 'write']);
  assert.deepEqual(await tries('anna'), readWrite);
  assert.deepEqual(await tries('bert'), readWrite);
});

test('the nearer rule decides, for the roles of a user', async () => {
  await rule(inner.id, team.roleId, ['read']);
  assert.deepEqual(await tries('anna'), readOnly);
  assert.deepEqual(await tries('bert'), readWrite);
});

test('a denial wins over any allowance, on both doors', async () => {
  await rule(top.id, team.roleId, [], ['read']);
  assert.deepEqual(await tries('anna'), nothing);
  const listed = await server.fetch('PROPFIND', '/dav/files/', {
    as: asUser('anna'),
    headers: { depth: '1' },
  });
  assert.doesNotMatch(await listed.text(), /top/);
  const { items } = await server.client(asUser('anna')).call('listChildren', { params: { id: rootId } });
  assert.deepEqual(items, []);
});

test('explains a decision, naming each rule on the way', async () => {
  const { permissions, steps } = await administrator.call('why', {
    params: { id: file.id },
    query: { user: anna.id },
  });
  assert.deepEqual(permissions, []);
  assert.deepEqual(
    steps.map((step) => [step.nodeName, step.roleName, step.allow, step.deny]),
    [
      ['Files', 'everyone', ['read', 'write'], []],
      ['top', 'Team', [], ['read']],
      ['inner', 'Team', ['read'], []],
    ],
  );
  await refused('not_found', administrator.call('why', { params: { id: file.id }, query: { user: none } }));
  await refused(
    'forbidden',
    server.client(asUser('bert')).call('why', { params: { id: file.id }, query: { user: anna.id } }),
  );
});

test('lists rules, and removes one by emptying it', async () => {
  const { items } = await administrator.call('listRules', { params: { id: top.id } });
  assert.deepEqual(
    items.map((r) => [r.roleId, r.allow, r.deny]),
    [[team.roleId, [], ['read']]],
  );
  await rule(top.id, team.roleId, []);
  assert.deepEqual((await administrator.call('listRules', { params: { id: top.id } })).items, []);
  assert.deepEqual(await tries('anna'), readOnly);
  await refused('forbidden', server.client(asUser('bert')).call('listRules', { params: { id: top.id } }));
  await refused('not_found', rule(top.id, none, ['read']));
  await refused('invalid_input', rule(top.id, team.roleId, ['read'], ['read']));
});

test('a move out of a folder takes its rules off the file', async () => {
  await administrator.call('updateNode', { params: { id: file.id }, body: { parentId: top.id } });
  const put = await server.fetch('PUT', davPath('files', 'top', 'f.txt'), {
    as: asUser('anna'),
    body: 'hers',
  });
  assert.equal(put.status, 204);
  assert.equal(await textOf(server.client(asUser('anna')), file.id), 'hers');
});

test('copying, moving and zipping need the right to read what is taken', async () => {
  await rule(inner.id, team.roleId, [], ['read']);
  const hidden = await upload(administrator, inner.id, 'hidden.txt', 'hidden');
  const client = server.client(asUser('anna'));
  await refused(
    'not_found',
    client.call('copyNode', { params: { id: hidden.id }, body: { parentId: top.id } }),
  );
  await refused('not_found', client.call('downloadZip', { query: { ids: hidden.id } }));
  const copy = await server.fetch('COPY', davPath('files', 'top', 'inner'), {
    as: asUser('anna'),
    headers: { destination: `${server.url}/dav/files/stolen` },
  });
  assert.equal(copy.status, 404);
  const zip = await client.call('downloadZip', { query: { ids: top.id } });
  assert.doesNotMatch(Buffer.from(await zip.arrayBuffer()).toString('latin1'), /hidden/);
});
