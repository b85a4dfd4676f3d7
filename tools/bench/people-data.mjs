/** What `npm run bench -- people` measures on: the same folder, user and own links, among few people or many. Loaded by REST, rules by SQL. */
import { randomUUID } from 'node:crypto';
import { call } from './people-client.mjs';
import { login, password } from './peers.mjs';
import { withServer } from './people-server.mjs';

/** Pages are full in both. Rules: one of each group at each of the 100 folders. */
export const sizes = {
  small: { users: 100, groups: 10, links: 60 },
  large: { users: 10_000, groups: 1_000, links: 10_000 },
};
const folders = 100;
const files = 100;
const linksOfAnn = 50;
const linkOwners = 16;
const atOnce = 8;
/** Of those who log in. */
export const secret = 'battery-staple-2';

/** @returns what requests need: tokens, the folder, who can log in, and how long it took in seconds */
export async function load(place, { users, groups, links }) {
  const from = performance.now();
  const made = await withServer(place, async ({ url }) => {
    const basic = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
    const admin = await tokenOf(url, basic, login, ['files:write', 'account', 'admin']);
    const rootId = (await call(url, admin, 'GET', '/nodes?path=/common')).id;
    const folderId = (await call(url, admin, 'POST', `/nodes/${rootId}/children`, { name: 'bench' })).id;
    const below = await filled(url, admin, folderId);
    const groupIds = await each(groups, async (i) =>
      call(url, admin, 'POST', '/groups', { name: `group ${i}` }),
    );
    await people(url, admin, users, groups);
    const owners = await each(linkOwners, (i) => ownerOf(url, admin, `owner${i}`, groupIds[i % groups].id));
    await each(links, (i) => {
      const { token, fileId } = owners[i < linksOfAnn ? 0 : 1 + (i % (linkOwners - 1))];
      return call(url, token, 'POST', '/links', { roots: [fileId], label: `link ${i}` });
    });
    return { admin, ann: owners[0].token, folderId, below, roleIds: groupIds.map(({ roleId }) => roleId) };
  });
  const rules = await place.sql((run) => insertRules(run, made.below, made.roleIds));
  return { ...made, rules, seconds: (performance.now() - from) / 1000 };
}

export const whoLogsIn = Array.from({ length: linkOwners }, (_unused, i) => `owner${i}`);

async function tokenOf(url, authorization, of, scopes) {
  const body = { kind: 'access_token', label: 'bench', scopes };
  return `Bearer ${(await call(url, authorization, 'POST', `/admin/users/${of}/tokens`, body)).secret}`;
}

/** @returns the ids of the folders in it */
async function filled(url, admin, folderId) {
  const made = await each(folders, (i) =>
    call(url, admin, 'POST', `/nodes/${folderId}/children`, { name: `folder ${i}` }),
  );
  await each(files, (i) =>
    call(url, admin, 'PUT', `/nodes/${folderId}/children/file%20${i}.txt/content`, 'x'),
  );
  return made.map(({ id }) => id);
}

async function people(url, admin, users, groups) {
  const some = 200;
  for (let at = 0; at < users; at += some) {
    const lines = Array.from({ length: Math.min(some, users - at) }, (_unused, i) => {
      const n = at + i;
      return `person${n},Person ${n} Surname${n % 997},group ${n % groups}`;
    });
    const csv = ['login,displayName,group', ...lines].join('\r\n');
    const answer = await call(url, admin, 'POST', '/users/import', { csv, limit: some });
    const failed = answer.lines.find(({ outcome }) => outcome === 'failed');
    if (failed !== undefined) throw new Error(`${failed.login}: ${failed.problem}`);
  }
}

/** Somebody with a password, a token and a file to share. */
async function ownerOf(url, admin, of, groupId) {
  const displayName = of === 'owner1' ? 'Person Lindqvist' : of;
  await call(url, admin, 'POST', '/users', { login: of, password: secret, displayName, groupId });
  const token = await tokenOf(url, admin, of, ['files:write', 'account']);
  const rootId = (await call(url, token, 'GET', '/nodes?path=/personal')).id;
  const file = await call(url, token, 'PUT', `/nodes/${rootId}/children/shared.txt/content`, 'x');
  return { token, fileId: file.id };
}

/** By SQL: 100,000 requests would take minutes. All allow what everybody has, so that both sizes show the same. */
async function insertRules(run, nodeIds, roleIds) {
  const [{ allow }] = await run('select max(allow) as allow from access_rules');
  await run('begin');
  for (const nodeId of nodeIds) {
    const rows = roleIds.map((roleId) => `('${randomUUID()}', '${nodeId}', '${roleId}', ${allow}, 0)`);
    await run(`insert into access_rules (id, node_id, role_id, allow, deny) values ${rows.join(', ')}`);
  }
  await run('commit');
  return nodeIds.length * roleIds.length;
}

/** @returns the results of `work(0)` to `work(count - 1)`, a few at once */
async function each(count, work) {
  const results = Array.from({ length: count });
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < count; i = next++) results[i] = await work(i);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
