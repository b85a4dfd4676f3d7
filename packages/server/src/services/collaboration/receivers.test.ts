/** What somebody to whom a folder was shared may do with it: bring files into it, and neither take it out of the trash nor purge it there. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, type World } from './testing.ts';

let w: World;
let folder: string;
before(async () => {
  w = await openWorld();
  folder = await w.folder('ann', 'plans');
  const roleId = await w.role('bob');
  await w.nodes[0].collaboration.share(await w.as('ann'), folder, { roleId, role: 'editor', notify: false });
});
after(() => w.close());

test('an editor uploads piecewise, and learns of names that are taken', async () => {
  const { uploads } = w.nodes[0];
  const create = async (name: string) =>
    uploads.create(await w.as('bob'), {
      target: { parentId: folder, name, folders: [], onConflict: 'fail' },
      length: 5,
      metadata: '',
      kind: 'whole',
      concat: null,
    });
  assert.ok((await create('new.bin')).id);
  await w.put('ann', folder, 'taken.bin');
  await assert.rejects(create('taken.bin'), { code: 'conflict' });
});

test('guests make no links', async () => {
  const bob = await w.as('bob');
  const guest = { ...bob, principal: { ...bob.principal, guest: true as const } };
  await assert.rejects(w.nodes[0].sharing.create(guest, { roots: [folder] }), { code: 'forbidden' });
});

test('what its owner threw away stays there until the owner wants it', async () => {
  const { tree, workspaces } = w.nodes[0];
  await tree.trash(await w.as('ann'), folder);
  const bob = await w.as('bob');
  const parentId = await w.home('bob');
  await assert.rejects(tree.restore(bob, folder, { parentId }), { code: 'forbidden' });
  await assert.rejects(tree.purge(bob, folder), { code: 'forbidden' });
  const ann = await w.as('ann');
  await tree.emptyTrash(bob, await workspaces.bySlug(ann, 'personal'));
  assert.equal((await tree.restore(ann, folder)).node.id, folder);
});

test('the trash of a workspace that was put away is closed', async () => {
  const { tree, workspaces } = w.nodes[0];
  const { id, rootId } = await workspaces.create(await w.as('root'), { slug: 'old', name: 'old' });
  const made = (await tree.createFolder(await w.as('root'), rootId, 'd')).node.id;
  await tree.trash(await w.as('root'), made);
  await workspaces.archive(await w.as('root'), id, true);
  const parentId = await w.home('root');
  await assert.rejects(tree.restore(await w.as('root'), made, { parentId }), { code: 'forbidden' });
  await assert.rejects(tree.purge(await w.as('root'), made), { code: 'forbidden' });
});
