/** Public links, file requests, shares between people and Cells. */
import assert from 'node:assert/strict';
import { isApiError } from '@volvox/client';
import type { Target } from '../harness/server-process.ts';
import { Jar, person, without, type Part } from './part.ts';

const linkPassword = 'öffne dich 7';
export const recipient = 'bo@example.org';

async function refusal(asked: Promise<unknown>): Promise<string> {
  const error: unknown = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return isApiError(error) ? error.code : String(error);
}

/** @returns also the link that only those can open who were mailed a key; mail has to be set up */
export async function workTogether(server: Target): Promise<Part & { readonly restricted: string }> {
  const carla = await person(server, 'carla');
  const bruno = await person(server, 'bruno', { email: 'bruno@example.org' });
  const [hers, his] = [carla.on(server), bruno.on(server)];
  const rootId =
    (await hers.call('listWorkspaces')).items.find(({ slug }) => slug === 'personal')?.rootId ?? '';
  const folder = async (name: string): Promise<string> =>
    (await hers.call('createFolder', { params: { id: rootId }, body: { name } })).id;
  const [shown, box, brought] = [await folder('gezeigt ä'), await folder('box'), await folder('brought')];
  const put = (id: string, name: string, body: string) =>
    hers.call('uploadFile', { params: { id, name }, body });
  const file = await put(shown, 'a.txt', 'some words');
  await put(brought, 'b.txt', 'other words');

  const link = await hers.call('createLink', {
    body: {
      ...{ roots: [shown], slug: 'fuer-alle', label: 'Für alle 🚀', description: 'ß' },
      ...{ password: linkPassword, maxDownloads: 100, disclaimer: '', watermark: true },
    },
  });
  const guest = new Jar();
  await guest.on(server, `/s/${link.token}`).call('visitLink', { body: { password: linkPassword } });
  const request = await hers.call('createLink', {
    body: { kind: 'request', roots: [box], askEmail: 'required', maxFileSize: 100 },
  });
  const sender = new Jar();
  const uploads: string[] = [];
  const upload = async (on: Target): Promise<void> => {
    const name = `mine ${uploads.length}.txt`;
    await sender.on(on, `/s/${request.token}`).call('uploadFile', { params: { id: box, name }, body: name });
    uploads.push(name);
  };
  await sender.on(server, `/s/${request.token}`).call('visitLink', { body: { email: 'guest@example.org' } });
  await upload(server);
  const restricted = await hers.call('createLink', {
    body: { roots: [file.id], restricted: true, recipients: [recipient] },
  });
  await hers.call('sendLink', { params: { id: restricted.id }, body: { message: 'Hier: ä' } });
  const links = [link, request, restricted];

  await hers.call('createShare', {
    params: { id: shown },
    body: { roleId: bruno.roleId, role: 'viewer', message: 'schau', expiresAt: Date.now() + 86_400_000 },
  });
  const cell = await hers.call('createCell', {
    body: {
      ...{ name: 'Zelle 👩‍👩‍👧', description: 'ß', color: 'teal', quota: 1_000_000, nodeIds: [brought] },
      members: [{ roleId: bruno.roleId, role: 'editor' }],
    },
  });
  await his.call('uploadFile', { params: { id: cell.rootId, name: 'c.txt' }, body: 'in the Cell' });

  return {
    restricted: restricted.token,
    async see(on) {
      const [carlas, brunos] = [carla.on(on), bruno.on(on)];
      const params = { id: shown };
      return without(
        {
          links: (await carlas.call('listLinks', {})).items,
          all: (await on.client.call('listAllLinks', {})).items,
          counts: await Promise.all(links.map(({ id }) => carlas.call('linkStatistics', { params: { id } }))),
          shares: await carlas.call('listNodeShares', { params }),
          access: await carlas.call('listEffectiveAccess', { params, query: {} }),
          given: await carlas.call('listGivenShares', { query: {} }),
          received: await brunos.call('listReceivedShares', { query: {} }),
          cells: [
            await carlas.call('getCell', { params: { id: cell.id } }),
            await brunos.call('getCell', { params: { id: cell.id } }),
            await brunos.call('listChildren', { params: { id: cell.rootId }, query: {} }),
          ],
          receipt: await sender.on(on, `/s/${request.token}`).call('getReceipt'),
        },
        ...['size', 'used', 'sha256', 'pending'],
      );
    },
    async use(on) {
      const [carlas, brunos] = [carla.on(on), bruno.on(on)];
      const downloads = async () => (await carlas.call('getLink', { params: { id: link.id } })).downloads;
      const before = await downloads();
      const visitor = new Jar().on(on, `/s/${link.token}`);
      const look = { params: { id: file.id }, query: { download: true } };
      assert.equal(await refusal(visitor.call('downloadContent', look)), 'unauthenticated');
      const wrong = await refusal(visitor.call('visitLink', { body: { password: `${linkPassword}x` } }));
      assert.equal(wrong, 'unauthenticated');
      const view = await visitor.call('visitLink', { body: { password: linkPassword } });
      assert.equal(view.link?.downloadsLeft, 100 - before);
      assert.equal(await (await visitor.call('downloadContent', look)).text(), 'some words');
      // Whoever had opened it before the move is still in.
      const still = guest.on(on, `/s/${link.token}`);
      assert.equal(await (await still.call('downloadContent', look)).text(), 'some words');
      assert.equal(await downloads(), before + 2);

      await upload(on);
      const receipt = await sender.on(on, `/s/${request.token}`).call('getReceipt');
      assert.deepEqual(receipt.items.map(({ name }) => name).sort(), uploads);
      const closed = await refusal(
        new Jar().on(on, `/s/${restricted.token}`).call('getNode', { params: look.params }),
      );
      assert.equal(closed, 'unauthenticated');

      const read = await brunos.call('downloadContent', { params: { id: file.id } });
      assert.equal(await read.text(), 'some words');
      const written = brunos.call('uploadFile', { params: { id: shown, name: 'no.txt' }, body: 'x' });
      assert.equal(await refusal(written), 'forbidden');
      const into = { id: cell.rootId, name: `more ${uploads.length}.txt` };
      await brunos.call('uploadFile', { params: into, body: 'more' });
      const names = (await carlas.call('listChildren', { params: { id: cell.rootId }, query: {} })).items;
      assert.ok(names.some(({ name }) => name === into.name));
    },
  };
}
