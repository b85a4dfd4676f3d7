/** What a listing of a thousand children costs where rules are set at half of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@volvox/client';
import { countSql, requestsOf } from '../../testing/counted-sql.ts';
import { startTestNode } from '../testing/node.ts';

const login = 'jo';
const members = 1000;

test('mixed rules at a thousand children cost no statement more than none', async (t) => {
  const node = await startTestNode();
  t.after(() => node.close());
  const { sql } = node.node.stores;
  countSql(sql);
  const admin = node.client;
  const common = await node.root('common');
  const headers = await node.user(login);
  const secret = Buffer.from(headers['authorization']?.slice(6) ?? '', 'base64')
    .toString()
    .split(':')[1];
  const jo = createClient({ baseUrl: node.url, auth: { kind: 'basic', login, secret: secret ?? '' } });
  const personal = (await jo.call('listWorkspaces')).items.find(({ kind }) => kind === 'personal');
  const { items } = await jo.call('listRules', { params: { id: personal?.rootId ?? '' } });
  const role = items[0]?.roleId ?? '';
  const folder = (parentId: string, name: string) =>
    admin.call('createFolder', { params: { id: parentId }, body: { name } });
  const fill = async (name: string): Promise<string> => {
    const top = await folder(common, name);
    for (let i = 0; i < members; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, async (_, j) => {
          const { id } = await folder(top.id, `${i + j}`);
          if (name === 'plain' || j % 2 === 1) return;
          await admin.call('setRule', {
            params: { id, role },
            body: {
              allow: j % 4 === 0 ? ['read'] : ['read', 'write', 'share'],
              deny: j % 6 === 0 ? ['manage'] : [],
            },
          });
        }),
      );
    return top.id;
  };
  const folders = { plain: await fill('plain'), mixed: await fill('mixed') };
  const list = async (name: keyof typeof folders): Promise<void> => {
    const query = { limit: members };
    const page = await jo.call('listChildren', { params: { id: folders[name] }, query });
    assert.equal(page.items.length, members);
  };
  await list('plain'); // the rules of a person are read once
  const plain = await requestsOf(sql, () => list('plain'));
  const mixed = await requestsOf(sql, () => list('mixed'));
  assert.ok(plain.statements > 0);
  // One for each child with rules would be 500; what notes that somebody was here comes now and then.
  assert.ok(mixed.statements <= plain.statements + 2, `${mixed.statements} after ${plain.statements}`);
});
