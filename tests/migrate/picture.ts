/** Everything that a person can see of a server, in a form that can be compared. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createClient } from '@volvox/client';
import type { ServerProcess } from '../harness/server-process.ts';
import { tusHeaders } from '../harness/wire.ts';
import { annaPassword, type Kept } from './populate.ts';

type Seen = Readonly<Record<string, unknown>>;

export async function pictureOf(server: ServerProcess, kept: Kept): Promise<Seen> {
  const { client } = server;
  const workspaces = (await client.call('listWorkspaces', {})).items;
  const trees: Record<string, unknown> = {};
  for (const { slug, rootId, id } of workspaces) {
    trees[slug] = await treeOf(server, rootId);
    trees[`${slug}: trash`] = await client.call('listTrash', { params: { id } });
  }
  const users = (await client.call('listUsers', { query: {} })).items;
  return {
    workspaces,
    trees,
    users: users.map(({ lastLoginAt: _lastLoginAt, ...user }) => user),
    groups: await client.call('listGroups', {}),
    settings: (await client.call('listSettings', {})).items.map(({ key, value }) => ({ key, value })),
    changes: await client.call('listChanges', { query: { after: 0, limit: 1000 } }),
    properties: await propertiesOf(server, 'large.bin', '<x:note xmlns:x="urn:ß"/>'),
    lock: (await propertiesOf(server, 'versions.txt', '<D:lockdiscovery/>')).replace(
      /Second-\d+/,
      'Second-N',
    ),
    upload: await uploadOf(server, kept),
    credentials: await credentialsOf(server.url, kept),
  };
}

/** Where two pictures differ first; null: nowhere. Says more than a diff of thousands of lines. */
export function differenceOf(a: unknown, b: unknown, at = ''): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return `${at}: ${JSON.stringify(a)} is now ${JSON.stringify(b)}`;
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const found = differenceOf(left.get(key), right.get(key), `${at}/${key}`);
    if (found !== null) return found;
  }
  return null;
}

async function treeOf(server: ServerProcess, id: string): Promise<unknown[]> {
  const { client } = server;
  const nodes: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call('listChildren', {
      params: { id },
      query: { limit: 500, ...(cursor === undefined ? {} : { cursor }) },
    });
    for (const node of page.items) {
      // Which number a page's folder sizes have settled at is for the roll-up, which may come a moment later.
      const { size, ...rest } = node;
      if (node.kind === 'folder')
        nodes.push({
          ...rest,
          children: await treeOf(server, node.id),
          rules: await rulesOf(server, node.id),
        });
      else if (page.items.length > 100) nodes.push(node);
      else nodes.push({ ...node, size, ...(await contentOf(server, node.id)) });
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return nodes;
}

async function rulesOf({ client }: ServerProcess, id: string): Promise<unknown> {
  return (await client.call('listRules', { params: { id } })).items;
}

async function contentOf(server: ServerProcess, id: string): Promise<Seen> {
  const answer = await server.request('GET', `/api/v1/nodes/${id}/content`);
  assert.equal(answer.status, 200);
  const { items } = await server.client.call('listVersions', { params: { id } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return {
    etag: answer.headers.get('etag'),
    bytes: createHash('sha256').update(bytes).digest('hex'),
    versions: items,
  };
}

async function propertiesOf(server: ServerProcess, path: string, property: string): Promise<string> {
  const answer = await server.request('PROPFIND', `/dav/files/${path}`, {
    headers: { depth: '0', 'content-type': 'application/xml' },
    body: `<D:propfind xmlns:D="DAV:"><D:prop>${property}</D:prop></D:propfind>`,
  });
  assert.equal(answer.status, 207);
  return answer.text();
}

async function uploadOf(server: ServerProcess, { upload, uploadOffset }: Kept): Promise<Seen> {
  const answer = await server.request('HEAD', upload, { headers: tusHeaders });
  assert.equal(answer.headers.get('upload-offset'), String(uploadOffset));
  return { length: answer.headers.get('upload-length'), metadata: answer.headers.get('upload-metadata') };
}

/** Password, access token, app password and an open session of an ordinary user. */
async function credentialsOf(url: string, kept: Kept): Promise<Seen> {
  const { user } = await createClient({
    baseUrl: url,
    auth: { kind: 'basic', login: 'anna', secret: annaPassword },
  }).call('me');
  const basic = Buffer.from(`anna:${kept.appPassword}`).toString('base64');
  const statuses = await Promise.all(
    [
      fetch(`${url}/api/v1/workspaces`, { headers: { authorization: `Bearer ${kept.token}` } }),
      fetch(`${url}/dav/`, { method: 'PROPFIND', headers: { authorization: `Basic ${basic}`, depth: '1' } }),
      fetch(`${url}/api/v1/session`, { headers: { cookie: kept.cookie } }),
      fetch(`${url}/api/v1/session`, { headers: { authorization: 'Bearer vvx_pat_wrong' } }),
    ].map(async (asked) => (await asked).status),
  );
  assert.deepEqual(statuses, [200, 207, 200, 401]);
  return { login: user.login, admin: user.admin };
}
