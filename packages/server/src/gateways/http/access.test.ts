/** Rules, previews, history and policies through every door of a whole node. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiError, createClient, type Client } from '@volvox/client';
import { startTestNode, type TestNode } from '../testing/node.ts';
import { send } from './testing.ts';

let node: TestNode;
let admin: Client;
let common: string;

before(async () => {
  node = await startTestNode({ VOLVOX_TRUST_PROXY: '127.0.0.2' });
  admin = node.client;
  common = await node.root('common');
});
after(() => node.close());

async function person(login: string): Promise<{ client: Client; id: string; roleId: string }> {
  const headers = await node.user(login);
  const secret =
    Buffer.from(headers['authorization']?.slice(6) ?? '', 'base64')
      .toString()
      .split(':')[1] ?? '';
  const client = createClient({ baseUrl: node.url, auth: { kind: 'basic', login, secret } });
  const me = (await admin.call('listUsers', { query: { q: login } })).items.find(
    (one) => one.login === login,
  );
  const personal = (await client.call('listWorkspaces')).items.find(({ kind }) => kind === 'personal');
  const { items } = await client.call('listRules', { params: { id: personal?.rootId ?? '' } });
  return { client, id: me?.id ?? '', roleId: items[0]?.roleId ?? '' };
}

function folder(parentId: string, name: string) {
  return admin.call('createFolder', { params: { id: parentId }, body: { name } });
}

async function refused(code: string, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => error instanceof ApiError && error.code === code);
}

test('rules are shown with their names and where they come from', async () => {
  const ann = await person('ann');
  const top = await folder(common, 'rules');
  const below = await folder(top.id, 'below');
  const set = { params: { id: top.id, role: ann.roleId }, body: { allow: ['read' as const], deny: [] } };
  await admin.call('setRule', set);
  const shown = await admin.call('listRules', { params: { id: below.id } });
  assert.deepEqual(shown.items, []);
  const [from] = shown.inherited;
  assert.deepEqual(
    [from?.nodeId, from?.nodeName, from?.rules.map((rule) => [rule.roleName, rule.roleKind, rule.allow])],
    [top.id, 'rules', [['ann', 'user', ['read']]]],
  );
  assert.equal(shown.inherited.at(-1)?.nodeId, common);
  await refused('forbidden', ann.client.call('listRules', { params: { id: below.id } }));
});

test('a preview tells who would lose what, to whoever manages', async () => {
  const ben = await person('ben');
  const top = await folder(common, 'preview');
  const body = { roleId: ben.roleId, allow: [], deny: ['write' as const] };
  const told = await admin.call('previewRule', { params: { id: top.id }, body });
  assert.deepEqual(
    [
      told.total,
      told.checked,
      told.changed,
      told.people.map(({ login, before, after }) => [login, before, after]),
    ],
    [1, 1, 1, [['ben', ['read', 'write'], ['read']]]],
  );
  const everyone = (await admin.call('listGroups')).items.find((group) => group.parentId === null);
  const all = await admin.call('previewRule', {
    params: { id: top.id },
    body: { roleId: everyone?.roleId ?? '', allow: [], deny: ['read' as const] },
  });
  assert.equal(all.changed, all.total);
  assert.ok(all.total >= 2 && all.people.every((one) => one.after.length === 0));
  await refused('forbidden', ben.client.call('previewRule', { params: { id: top.id }, body }));
  const both = { ...body, allow: ['write' as const] };
  await refused('invalid_input', admin.call('previewRule', { params: { id: top.id }, body: both }));
  const nobody = { ...body, roleId: top.id };
  assert.equal((await admin.call('previewRule', { params: { id: top.id }, body: nobody })).total, 0);
});

test('a preview counts guests, but shows them to admins only', async () => {
  const lea = await person('lea');
  await admin.call('setSetting', { params: { key: 'guests.enabled' }, body: { value: true } });
  const { user: guest } = await lea.client.call('inviteGuest', { body: { email: 'guest@example.org' } });
  const team = await lea.client.call('createTeam', { body: { name: 'crew' } });
  const params = { id: team.id, subjectId: guest.id };
  await lea.client.call('setTeamMember', { params, body: {} });
  const own = (await lea.client.call('listWorkspaces')).items.find(({ kind }) => kind === 'personal');
  const body = { roleId: team.roleId, allow: ['read' as const], deny: ['write' as const] };
  const told = await lea.client.call('previewRule', { params: { id: own?.rootId ?? '' }, body });
  assert.deepEqual([told.total, told.changed, told.people.map(({ login }) => login)], [2, 2, ['lea']]);
  const top = await folder(common, 'guests');
  const shown = await admin.call('previewRule', { params: { id: top.id }, body });
  assert.ok(shown.people.some(({ userId }) => userId === guest.id));
});

test('rules along the way come page by page: those of the node first, then the nearest folder, each once', async () => {
  const lea = await person('lou');
  const top = await folder(common, 'paged');
  const below = await folder(top.id, 'below');
  const roles: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    const team = await lea.client.call('createTeam', { body: { name } });
    roles.push(team.roleId);
    for (const { id } of [top, below])
      await admin.call('setRule', { params: { id, role: team.roleId }, body: { allow: ['read'], deny: [] } });
    if (name !== 'three')
      await admin.call('createShare', {
        params: { id: top.id },
        body: { roleId: team.roleId, role: 'viewer' },
      });
  }
  const all = await admin.call('listRules', { params: { id: below.id } });
  assert.equal(all.next, null);
  assert.deepEqual(all.items.map((rule) => rule.roleId).sort(), roles.toSorted());
  const [nearest, ...others] = all.inherited;
  assert.deepEqual([nearest?.nodeId, nearest?.rules.length, nearest?.grants.length], [top.id, 3, 2]);
  assert.ok(others.length > 0);
  for (const limit of [1, 2, 3, 4, 5]) {
    const pages = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { limit, ...(cursor === undefined ? {} : { cursor }) };
      const page = await admin.call('listRules', { params: { id: below.id }, query });
      const one = [page, ...page.inherited.map(({ rules: items, grants }) => ({ items, grants }))];
      const ids = one.flatMap(({ items, grants }) => [...items, ...grants].map(({ id }) => id));
      if (page.next !== null) assert.equal(ids.length, limit);
      pages.push(...ids);
      cursor = page.next;
    }
    const whole = [all, ...all.inherited.map(({ rules: items, grants }) => ({ items, grants }))];
    assert.deepEqual(
      pages,
      whole.flatMap(({ items, grants }) => [...items, ...grants].map(({ id }) => id)),
    );
  }
  const query = { cursor: `${common}x.rules.` };
  await refused('invalid_input', admin.call('listRules', { params: { id: below.id }, query }));
});

test('a preview finds members of the role of all admins', async () => {
  const top = await folder(common, 'admins');
  const { inherited } = await admin.call('listRules', { params: { id: top.id } });
  const role = inherited.flatMap(({ rules }) => rules).find((rule) => rule.roleKind === 'admins');
  const body = { roleId: role?.roleId ?? '', allow: ['read' as const], deny: [] };
  const told = await admin.call('previewRule', { params: { id: top.id }, body });
  assert.deepEqual(
    told.people.map(({ login, after }) => [login, after]),
    [['admin', ['read']]],
  );
});

test('the history of a node names who changed what', async () => {
  const cleo = await person('cleo');
  const top = await folder(common, 'history');
  const params = { id: top.id, role: cleo.roleId };
  await admin.call('setRule', { params, body: { allow: ['read'], deny: [] } });
  await admin.call('setRule', { params, body: { allow: [], deny: ['write'] } });
  const { items, next } = await admin.call('ruleHistory', { params: { id: top.id }, query: { limit: 1 } });
  assert.deepEqual(
    items.map(({ kind, actor, roleName, before, after }) => [
      kind,
      actor?.displayName,
      roleName,
      before,
      after,
    ]),
    [['rule', 'admin', 'cleo', { allow: ['read'], deny: [] }, { allow: [], deny: ['write'] }]],
  );
  const query = { limit: 1, cursor: next ?? '' };
  const older = await admin.call('ruleHistory', { params: { id: top.id }, query });
  assert.equal(older.items[0]?.before, null);
  await refused('forbidden', cleo.client.call('ruleHistory', { params: { id: top.id } }));
});

test('rules of a workspace are found wherever they are, and nowhere else', async () => {
  const dora = await person('dora');
  const { id, rootId } = await admin.call('createWorkspace', { body: { slug: 'papers', name: 'Papers' } });
  const deep = await folder((await folder(rootId, 'a')).id, 'b');
  await admin.call('setRule', {
    params: { id: deep.id, role: dora.roleId },
    body: { allow: ['read'], deny: [] },
  });
  const paths: (string | null)[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: { limit: number; cursor?: string } = { limit: 1, ...(cursor === '' ? {} : { cursor }) };
    const found = await admin.call('workspaceRules', { params: { id }, query });
    paths.push(...found.items.map((item) => item.path));
    cursor = found.next;
  }
  assert.deepEqual(paths.sort(), ['/papers', '/papers/a/b']);
  await refused('not_found', dora.client.call('workspaceRules', { params: { id } }));
  const mine = (await dora.client.call('listWorkspaces')).items.find(({ kind }) => kind === 'personal');
  const own = await dora.client.call('workspaceRules', { params: { id: mine?.id ?? '' } });
  assert.deepEqual(
    own.items.map(({ path }) => path),
    ['/personal'],
  );
  const seen = await admin.call('workspaceRules', { params: { id: mine?.id ?? '' } });
  assert.deepEqual(
    seen.items.map(({ path, rules }) => [path, rules.length]),
    [[null, 1]],
    'no names of what may not be read',
  );
  await refused('invalid_input', admin.call('workspaceRules', { params: { id }, query: { cursor: 'x' } }));
});

test('policies: made, changed, bound, tried out and removed by admins only', async () => {
  const eve = await person('eve');
  const top = await folder(common, 'policy');
  const body = {
    name: 'Office',
    deny: ['write' as const],
    mode: 'unless' as const,
    conditions: { networks: ['10.0.0.0/8'] },
  };
  const made = await admin.call('createPolicy', { body });
  const at = { id: made.id, node: top.id, role: eve.roleId };
  await admin.call('bindPolicy', { params: at });
  const [listed] = (await admin.call('listPolicies')).items;
  assert.deepEqual(listed?.bindings, [
    { nodeId: top.id, roleId: eve.roleId, roleName: 'eve', path: '/common/policy' },
  ]);
  const ask = (address: string) =>
    admin.call('testPolicies', { query: { user: eve.id, node: top.id, address, client: 'web' } });
  assert.deepEqual((await ask('10.1.1.1')).permissions, ['read', 'write']);
  const outside = await ask('192.0.2.1');
  assert.deepEqual(outside.permissions, ['read']);
  assert.deepEqual(outside.steps.at(-1)?.policyName, 'Office');
  await refused(
    'forbidden',
    eve.client.call('createFolder', { params: { id: top.id }, body: { name: 'x' } }),
  );
  for (const work of [
    () => eve.client.call('listPolicies'),
    () => eve.client.call('createPolicy', { body }),
    () => eve.client.call('bindPolicy', { params: at }),
    () => eve.client.call('deletePolicy', { params: { id: made.id } }),
    () => eve.client.call('testPolicies', { query: { user: eve.id, node: top.id } }),
  ])
    await refused('forbidden', work());
  await refused('not_found', admin.call('bindPolicy', { params: { ...at, node: made.id } }));
  await refused('not_found', admin.call('bindPolicy', { params: { ...at, role: made.id } }));
  await refused('invalid_input', admin.call('createPolicy', { body: { ...body, conditions: {} } }));
  await refused(
    'invalid_input',
    admin.call('createPolicy', { body: { ...body, conditions: { networks: ['x.y'] } } }),
  );
  await admin.call('updatePolicy', {
    params: { id: made.id },
    body: { ...body, conditions: { clients: ['api'] } },
  });
  await eve.client.call('createFolder', { params: { id: top.id }, body: { name: 'x' } });
  await admin.call('deletePolicy', { params: { id: made.id } });
  assert.deepEqual((await admin.call('listPolicies')).items, []);
});

test('a client kind is what really came: REST, WebDAV, tus and the session of a browser', async () => {
  const finn = await person('finn');
  const headers = { authorization: `Basic ${Buffer.from('finn:correct horse 2').toString('base64')}` };
  const top = await folder(common, 'doors');
  const doors = {
    api: async () => (await fetch(`${node.url}/api/v1/nodes/${top.id}`, { headers })).status,
    dav: async () =>
      (
        await fetch(`${node.url}/dav/common/doors`, {
          method: 'PROPFIND',
          headers: { ...headers, depth: '0' },
        })
      ).status,
    web: async () => {
      const login = await fetch(`${node.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login: 'finn', password: 'correct horse 2' }),
      });
      const cookie = login.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      return (await fetch(`${node.url}/api/v1/nodes/${top.id}`, { headers: { cookie } })).status;
    },
  };
  for (const shut of ['api', 'dav', 'web'] as const) {
    const { id } = await admin.call('createPolicy', {
      body: { name: shut, deny: ['read'], mode: 'when', conditions: { clients: [shut] } },
    });
    await admin.call('bindPolicy', { params: { id, node: top.id, role: finn.roleId } });
    for (const door of ['api', 'dav', 'web'] as const) {
      const status = await doors[door]();
      if (door === shut) assert.equal(status, 404, `${door} while ${shut} is shut`);
      else assert.ok(status === 200 || status === 207, `${door} ${status} while ${shut} is shut`);
    }
    await admin.call('deletePolicy', { params: { id } });
  }
});

test('a property that WebDAV set hides a folder, what is below, and shuts it for writes', async () => {
  const kim = await person('kim');
  const top = await folder(common, 'filed');
  const secret = await folder(top.id, 'secret');
  const below = await folder(secret.id, 'below');
  const proppatch = async (what: string): Promise<void> => {
    const answer = await fetch(`${node.url}/dav/common/filed/secret`, {
      method: 'PROPPATCH',
      headers: { ...node.headers, 'content-type': 'application/xml' },
      body: `<d:propertyupdate xmlns:d="DAV:" xmlns:x="urn:x">${what}</d:propertyupdate>`,
    });
    assert.match(await answer.text(), /200 OK/);
  };
  const { id } = await admin.call('createPolicy', {
    body: {
      name: 'filed',
      deny: ['read'],
      mode: 'when',
      conditions: { property: { name: '{urn:x}class', matches: 'secret' } },
    },
  });
  await admin.call('bindPolicy', { params: { id, node: top.id, role: kim.roleId } });
  const names = async (): Promise<string[]> =>
    (await kim.client.call('listChildren', { params: { id: top.id } })).items.map((item) => item.name);
  const write = () => kim.client.call('createFolder', { params: { id: below.id }, body: { name: 'x' } });
  assert.deepEqual(await names(), ['secret']);
  await proppatch('<d:set><d:prop><x:class>secret</x:class></d:prop></d:set>');
  assert.deepEqual(await names(), []);
  await refused('not_found', kim.client.call('getNode', { params: { id: below.id } }));
  await refused('not_found', write());
  await proppatch('<d:set><d:prop><x:class>public</x:class></d:prop></d:set>');
  assert.deepEqual(await names(), ['secret']);
  await write();
  await admin.call('deletePolicy', { params: { id } });
});

test('an upload by tus is refused where a policy denies writing', async () => {
  const gina = await person('gina');
  const top = await folder(common, 'tus');
  const { id } = await admin.call('createPolicy', {
    body: { name: 'tus', deny: ['write'], mode: 'unless', conditions: { networks: ['192.0.2.0/24'] } },
  });
  const create = async (): Promise<number> => {
    const name = Buffer.from('a.txt').toString('base64');
    const parent = Buffer.from(top.id).toString('base64');
    const answer = await fetch(`${node.url}/api/v1/uploads`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('gina:correct horse 2').toString('base64')}`,
        'tus-resumable': '1.0.0',
        'upload-length': '0',
        'upload-metadata': `parentId ${parent},filename ${name}`,
      },
    });
    return answer.status;
  };
  assert.equal(await create(), 201);
  await admin.call('bindPolicy', { params: { id, node: top.id, role: gina.roleId } });
  assert.equal(await create(), 403);
  await admin.call('deletePolicy', { params: { id } });
});

test('a forwarded address counts only from a proxy that is trusted', async () => {
  const hugo = await person('hugo');
  const top = await folder(common, 'forwarded');
  const { id } = await admin.call('createPolicy', {
    body: { name: 'net', deny: ['read'], mode: 'unless', conditions: { networks: ['203.0.113.0/24'] } },
  });
  await admin.call('bindPolicy', { params: { id, node: top.id, role: hugo.roleId } });
  const look = async (peer: string, forwarded: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from('hugo:correct horse 2').toString('base64')}`;
    const headers = { authorization, 'x-forwarded-for': forwarded };
    const answer = await send(node.port, { path: `/api/v1/nodes/${top.id}`, headers, localAddress: peer });
    return answer.status;
  };
  assert.equal(await look('127.0.0.1', '203.0.113.9'), 404, 'said by nobody who is trusted');
  assert.equal(await look('127.0.0.2', '203.0.113.9'), 200);
  assert.equal(await look('127.0.0.2', '198.51.100.1'), 404);
  assert.equal(await look('127.0.0.2', '203.0.113.9, 198.51.100.1'), 404, 'the client wrote the first one');
  await admin.call('deletePolicy', { params: { id } });
});

test('an open live stream is decided by the policies of each moment', async () => {
  const ida = await person('ida');
  const top = await folder(common, 'live');
  const authorization = `Basic ${Buffer.from('ida:correct horse 2').toString('base64')}`;
  const changes = async (): Promise<(string | null)[]> => {
    const { items } = await ida.client.call('listChanges', { query: { after: 0, limit: 1000 } });
    return items.map((change) => change.nodeId);
  };
  const stream = await fetch(`${node.url}/api/v1/events`, { headers: { authorization } });
  const seen = collect(stream);
  const first = await folder(top.id, 'first');
  await seen.until(first.id);
  const { id } = await admin.call('createPolicy', {
    body: { name: 'live', deny: ['read'], mode: 'when', conditions: { clients: ['api'] } },
  });
  await admin.call('bindPolicy', { params: { id, node: top.id, role: ida.roleId } });
  const hidden = await folder(top.id, 'hidden');
  const marker = await folder(common, 'marker');
  await seen.until(marker.id);
  assert.ok(!seen.text().includes(hidden.id));
  assert.ok(!(await changes()).includes(hidden.id));
  await stream.body?.cancel().catch(() => {});
  await admin.call('deletePolicy', { params: { id } });
  assert.ok((await changes()).includes(hidden.id));
});

function collect(stream: Response): { text(): string; until(part: string): Promise<void> } {
  let text = '';
  const reader = stream.body?.getReader();
  return {
    text: () => text,
    async until(part) {
      while (!text.includes(part)) {
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done) assert.fail(`the stream ended without ${part}`);
        text += Buffer.from(value ?? []).toString();
      }
    },
  };
}
