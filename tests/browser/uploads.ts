/** Uploads on a line that is slow, breaks and comes back: pause, resume, retry, cancel, and the same file again after a reload. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import type { Locator } from 'playwright-core';
import { eventually } from './browser.ts';
import type { World } from './world.ts';

const size = 24 << 20;
/** Three seconds for a file: time enough to act while it goes. */
const slow = 8 << 20;
/** What pages ask for meanwhile; far less than the file. */
const chatter = 256 * 1024;

export function uploads(world: World): void {
  const panel = (): Locator => world.page.getByRole('region', { name: 'Uploads' });
  const hand = (verb: string, name: string): Locator =>
    panel().getByRole('button', { name: `${verb} ${name}`, exact: true });
  /** Drops the file and waits until a quarter of it has gone out. */
  const beginSlowly = async (file: string): Promise<number> => {
    const before = world.line.sent;
    world.line.limit(slow);
    await world.drop(file);
    await eventually(
      async () => world.line.sent - before,
      (sent) => sent > size / 4,
      'a quarter has gone',
    );
    return before;
  };

  /** What has gone out once nothing more does: what the systems had buffered drains at the pace of the line. */
  const rest = async (): Promise<number> => {
    let last = -1;
    await eventually(
      async () => {
        const grown = world.line.sent - last;
        last = world.line.sent;
        await new Promise((resolve) => setTimeout(resolve, 250));
        return grown;
      },
      (grown) => grown < chatter / 8,
      'the line falls silent',
    );
    world.line.limit(null);
    return last;
  };

  it('pauses a large upload so that no byte goes out; a page loaded anew does not send on by itself', async () => {
    await world.goHome(world.line.url);
    await world.enterNewFolder('Uploads');
    const bytes = randomBytes(size);
    const file = await world.sample('film.bin', bytes);
    const before = await beginSlowly(file);
    await hand('Pause', 'film.bin').click();
    await panel().getByText('1 upload paused').waitFor();
    const resting = await rest();
    assert.ok(resting - before < size, 'it was paused on the way');
    await world.page.reload();
    await world.page.getByText('Nothing here yet').waitFor();
    assert.ok(world.line.sent - resting < chatter, 'nothing of the file went out');
    assert.equal(await world.storedHash('film.bin'), null, 'half a file is not a file');
  });

  it('takes the same file up again after the page was loaded anew', async () => {
    const file = `${world.samples}/film.bin`;
    const before = world.line.sent;
    await world.drop(file);
    await world.uploaded('1 file uploaded');
    await world.expectStored('film.bin', await readFile(file));
    assert.ok(world.line.sent - before < size * 0.9, 'what had arrived was not sent again');
  });

  it('resumes within the page, whole by its hash', async () => {
    const bytes = randomBytes(size);
    const file = await world.sample('talk.bin', bytes);
    const before = await beginSlowly(file);
    await hand('Pause', 'talk.bin').click();
    await hand('Resume', 'talk.bin').waitFor();
    const resting = await rest();
    // a reading of the list takes its time, and shows that the page is alive
    assert.equal(await world.storedHash('talk.bin'), null);
    assert.ok(world.line.sent - resting < chatter, 'a paused upload sends nothing');
    await hand('Resume', 'talk.bin').click();
    await world.uploaded('1 file uploaded');
    await world.expectStored('talk.bin', bytes);
    assert.ok(world.line.sent - before < size * 1.5, 'it did not begin anew');
  });

  it('goes on by itself when the line breaks under it', async () => {
    const bytes = randomBytes(size);
    await beginSlowly(await world.sample('broken.bin', bytes));
    world.line.cut();
    world.line.limit(null);
    await world.uploaded('1 file uploaded');
    await world.expectStored('broken.bin', bytes);
    // how much goes out again is the browser's: it repeats a request on a broken kept-alive connection by itself
  });

  it('cancels: the file never appears and the server forgets the part', async () => {
    const patch = world.page.waitForRequest((request) => request.method() === 'PATCH');
    await beginSlowly(await world.sample('unwanted.bin', randomBytes(size)));
    const address = (await patch).url();
    await hand('Cancel', 'unwanted.bin').click();
    await panel().getByText('Upload cancelled').waitFor();
    world.line.limit(null);
    await eventually(
      () =>
        world.page.evaluate(async (url) => {
          const headers = { 'tus-resumable': '1.0.0' };
          return (await fetch(url, { method: 'HEAD', headers })).status;
        }, address),
      (status) => status === 404 || status === 410,
      'the part is gone',
    );
    assert.equal(await world.storedHash('unwanted.bin'), null);
    await panel().getByRole('button', { name: 'Close the list' }).click();
  });

  it('says when the server is out of reach, tries a failed file again, and says no more when it is back', async () => {
    const { page, line } = world;
    const file = await world.sample('note.txt', 'written offline\n');
    await page.route('**/bulk**', (route) => route.abort());
    await world.drop(file);
    await panel().getByText('1 upload failed').waitFor();
    await page.unroute('**/bulk**');
    line.setDown(true);
    const banner = page.getByRole('alert').getByText('can’t be reached');
    await banner.waitFor();
    line.setDown(false);
    await page.getByRole('button', { name: 'Try now' }).click();
    await banner.waitFor({ state: 'detached' });
    await hand('Try', 'note.txt again').click();
    await world.uploaded('1 file uploaded');
    await world.expectStored('note.txt', 'written offline\n');
  });
}
