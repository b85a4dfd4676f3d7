/** One client with a folder of its own, so that it alone says what its files hold. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Target } from '../../harness/server-process.ts';
import { tusHeaders } from '../../harness/wire.ts';
import { generator } from './generator.ts';
import { beginUpload, nextStep, sendPart, type Site, type Step } from './steps.ts';
import { after, emptyWorld, possible, sizeOf, textOf, type Content, type World } from './world.ts';

export class Worker {
  readonly folder: string;
  acknowledged = 0;
  /** Answers that were neither a success nor a broken connection. */
  readonly refusals: unknown[] = [];
  private worlds: World[] = [emptyWorld()];
  private folderId = '';
  private readonly random: () => number;
  private count = 0;

  constructor(index: number, seed: number) {
    this.folder = `w${index}`;
    this.random = generator(seed + index);
  }

  get world(): World {
    const [only] = this.worlds;
    assert.ok(only !== undefined && this.worlds.length === 1, 'it is known what there is');
    return only;
  }

  async begin(server: Target): Promise<void> {
    assert.equal((await server.request('MKCOL', `/dav/common/${this.folder}`)).status, 201);
    const node = await server.client.call('lookupNode', { query: { path: `/common/${this.folder}` } });
    this.folderId = node.id;
  }

  /** Until the first request that gets no answer: from then on nobody knows what there is. */
  async run(server: Target, stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      try {
        if (this.random() < 0.12) await this.upload(server);
        else {
          const step = await nextStep(server, this.site());
          if (step !== null) await this.take(server, step);
        }
      } catch (error) {
        if (!isBroken(error)) this.refusals.push(error);
        return;
      }
    }
  }

  private site(): Site {
    const text = (size: number): string => {
      this.count += 1;
      return `${this.folder}:${this.count}:`.padEnd(size, 'x');
    };
    return { world: this.world, folder: this.folder, folderId: this.folderId, random: this.random, text };
  }

  private async upload(server: Target): Promise<void> {
    const upload = await beginUpload(server, this.site());
    await this.take(server, sendPart(upload, 0));
    await this.take(server, sendPart(upload, Math.ceil(upload.text.length / 2)));
    // Complete and acknowledged: from now on the file alone counts.
    this.world.uploads.delete(upload.target);
  }

  private async take(server: Target, { changes, send }: Step): Promise<void> {
    const { world } = this;
    this.worlds = possible(world, changes);
    await send(server);
    this.worlds = [after(world, changes)];
    this.acknowledged += 1;
  }

  /** Reads everything back; it must be one of the worlds that may be, and is known from then on. */
  async verify(server: Target, trashed: ReadonlyMap<string, number>): Promise<void> {
    const found = await this.look(server, trashed);
    const text = textOf(found);
    const match = this.worlds.find((world) => textOf(world) === text);
    if (match === undefined) assert.equal(text, this.worlds.map(textOf).join('\nor\n'), this.folder);
    assert.ok(match);
    this.worlds = [match];
    const top = await server.client.call('getNode', { params: { id: this.folderId } });
    assert.equal(top.size, sizeOf(match.files), `bytes of ${this.folder}`);
    assert.equal(top.files, match.files.size, `files of ${this.folder}`);
  }

  private async look(server: Target, trashed: ReadonlyMap<string, number>): Promise<World> {
    const found = emptyWorld();
    for await (const { node, path } of this.nodes(server)) {
      if (node.kind === 'folder') found.folders.add(path);
      else found.files.set(path, await this.versions(server, node.id, path));
    }
    for (const id of new Set(this.worlds.flatMap((world) => [...world.trash.keys()]))) {
      const size = trashed.get(id);
      const item = this.worlds.map((world) => world.trash.get(id)).find((each) => each !== undefined);
      if (size === undefined || item === undefined) continue;
      assert.equal(size, sizeOf(item.files), `bytes of ${item.name} in the trash`);
      found.trash.set(id, item);
    }
    for (const target of new Set(this.worlds.flatMap((world) => [...world.uploads.keys()]))) {
      const asked = await server.request('HEAD', target, { headers: tusHeaders });
      const offset = Number(asked.headers.get('upload-offset') ?? 0);
      if (this.worlds.some((world) => world.uploads.get(target) === offset))
        found.uploads.set(target, offset);
      else
        assert.ok(
          offset === 0 && this.worlds.some((world) => !world.uploads.has(target)),
          `${target}: ${offset}`,
        );
    }
    return found;
  }

  /** Everything in the folder, by REST, as the web shows it. */
  async *nodes(server: Target) {
    const open = [{ id: this.folderId, path: '' }];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      const page = await server.client.call('listChildren', {
        params: { id: folder.id },
        query: { limit: 1000 },
      });
      assert.equal(page.next, null);
      for (const node of page.items) {
        const path = folder.path === '' ? node.name : `${folder.path}/${node.name}`;
        if (node.kind === 'folder') open.push({ id: node.id, path });
        yield { node, path };
      }
    }
  }

  private async versions(server: Target, id: string, path: string): Promise<string[]> {
    const content = await contentAt(server, `/dav/common/${this.folder}/${path}`);
    if (this.worlds.every((world) => (world.files.get(path)?.length ?? 0) < 2)) return [content];
    const { items } = await server.client.call('listVersions', { params: { id }, query: { limit: 1000 } });
    assert.ok(items[0]?.current);
    const older = await Promise.all(
      items.slice(1).map((version) => contentAt(server, `/api/v1/nodes/${id}/content?version=${version.id}`)),
    );
    return [...older.reverse(), content];
  }

  /** After the followers have caught up: search knows exactly what is there. */
  async verifySearch(server: Target): Promise<void> {
    const there: string[] = [];
    for await (const { node } of this.nodes(server)) there.push(node.id);
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { items: readonly { id: string }[]; next: string | null } = await server.client.call(
        'search',
        {
          query: { within: this.folderId, limit: 1000, ...(cursor === '' ? {} : { cursor }) },
        },
      );
      found.push(...page.items.map((node) => node.id));
      cursor = page.next;
    }
    assert.deepEqual(found.sort(), there.sort(), `what search finds in ${this.folder}`);
  }
}

/** Reads all of it: what a hash in the database says proves nothing. */
async function contentAt(server: Target, target: string): Promise<Content> {
  const read = await server.request('GET', target);
  const bytes = Buffer.from(await read.arrayBuffer());
  assert.equal(read.status, 200, `${target}: ${bytes.toString()}`);
  return `${bytes.length}-${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The connection broke: the server died in the middle. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    (error instanceof TypeError && error.message.includes('fetch failed')) ||
    error.message === 'terminated' ||
    ('status' in error && error.status === 0)
  );
}
