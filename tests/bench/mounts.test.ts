/** What was shared with somebody, from many workspaces: each request costs as many statements with 300 shares as with 3. Counted: no clock decides. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '@volvox/client';
import { startCounted, type CountedNode } from './counted-node.ts';

let counted: CountedNode;
before(async () => {
  counted = await startCounted();
});
after(() => counted.stop());

const password = 'a password of theirs';

interface Receiver {
  readonly authorization: string;
  readonly count: number;
}

/** Somebody with whom a folder of each of so many workspaces was shared. */
async function receiverOf(login: string, count: number): Promise<Receiver> {
  const { client } = counted;
  await client.call('createUser', { body: { login, password } });
  const { items } = await client.call('searchPeople', { query: { q: login } });
  const roleId = items[0]?.roleId ?? '';
  for (let at = 0; at < count; at++) {
    const name = `${login}-${at}`;
    const { rootId } = await client.call('createWorkspace', { body: { slug: name, name } });
    const folder = await client.call('createFolder', { params: { id: rootId }, body: { name } });
    await client.call('createFolder', { params: { id: folder.id }, body: { name: 'inside' } });
    const share = { roleId, role: 'editor', notify: false } as const;
    await client.call('createShare', { params: { id: folder.id }, body: share });
  }
  return { authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`, count };
}

type Work = (receiver: Receiver, login: string) => Promise<void>;

const works: Record<string, Work> = {
  async listByDav({ authorization, count }) {
    const headers = { authorization, depth: '1' };
    const answer = await counted.request('PROPFIND', '/dav/shared/', { headers });
    assert.equal((await answer.text()).match(/<D:response>/g)?.length, count + 1);
  },
  async statByDav({ authorization }, login) {
    const headers = { authorization, depth: '0' };
    assert.equal((await counted.request('PROPFIND', `/dav/shared/${login}-1`, { headers })).status, 207);
  },
  async statBelowByDav({ authorization }, login) {
    const headers = { authorization, depth: '0' };
    const path = `/dav/shared/${login}-1/inside`;
    assert.equal((await counted.request('PROPFIND', path, { headers })).status, 207);
  },
  async listByRest({ count }, login) {
    const client = createClient({
      baseUrl: counted.node.url,
      auth: { kind: 'basic', login, secret: password },
    });
    const { rootId } = await client
      .call('listWorkspaces')
      .then(({ items }) => items.find(({ slug }) => slug === 'shared') ?? assert.fail('nothing is shared'));
    const page = await client.call('listChildren', { params: { id: rootId }, query: { limit: 1_000 } });
    assert.equal(page.items.length, count);
  },
};

/** Everything that is kept with the epoch counts for nothing afterwards. */
async function raiseEpoch(): Promise<void> {
  const { items } = await counted.client.call('listWorkspaces');
  const common = items.find(({ slug }) => slug === 'common');
  await counted.client.call('updateWorkspace', {
    params: { id: common?.id ?? '' },
    body: { name: 'Common files' },
  });
}

test('a list of sixty workspaces costs what a list of a few does', async () => {
  const { client } = counted;
  const cost = (): Promise<number> => counted.statements(() => client.call('listWorkspaces'));
  await cost(); // what is read only the first time
  const few = await cost();
  for (let at = 0; at < 50; at++)
    await client.call('createWorkspace', { body: { slug: `more-${at}`, name: `More ${at}` } });
  const { items } = await client.call('listWorkspaces');
  assert.ok(items.length > 50);
  assert.equal(await cost(), few);
});

test('three shares and three hundred cost the same, with and without what is kept in memory', async () => {
  const few = await receiverOf('few', 3);
  const lots = await receiverOf('lots', 300);
  for (const [what, work] of Object.entries(works)) {
    const measured = async (receiver: Receiver, login: string): Promise<readonly number[]> => {
      await work(receiver, login); // the password is checked once
      const asked = (): Promise<void> => work(receiver, login);
      await raiseEpoch();
      return [await counted.statements(asked), await counted.statements(asked)];
    };
    const cost = { few: await measured(few, 'few'), lots: await measured(lots, 'lots') };
    assert.deepEqual(cost.lots, cost.few, `${what}: cold and warm`);
  }
});
