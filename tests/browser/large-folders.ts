/** A folder of thousands: sent in a few requests, its end at hand, chosen as a whole without reading it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually, expectAccessible } from './browser.ts';
import { png } from './samples.ts';
import type { World } from './world.ts';

const count = 2300;
const nameOf = (index: number): string => `${String(index).padStart(5, '0')}.txt`;

export function largeFolders(world: World): void {
  it('sends thousands of files in a few requests', async () => {
    const { page } = world;
    await world.goHome();
    for (let index = 0; index < count; index++) await world.sample(`many/${nameOf(index)}`, `${index}`);
    await world.sample('many/zz folder/inside.txt', 'x');
    let requests = 0;
    page.on('request', (request) => (requests += request.url().includes('/bulk') ? 1 : 0));
    await world.drop(`${world.samples}/many`);
    await world.uploaded(`${count + 1} files uploaded`);
    assert.ok(requests <= 20, `${requests} requests`);
    await world.open('many');
    await page.getByText('2,301 items').or(page.getByText('2301 items')).first().waitFor();
  });

  it('goes to the end by one page, and has the honest height', async () => {
    const { page } = world;
    let pages = 0;
    page.on('request', (request) => (pages += request.url().includes('/children?') ? 1 : 0));
    await world.grid().press('End');
    await world.row(nameOf(count - 1)).waitFor();
    // News of the upload may have pages in sight asked for again; the way to the end has 24.
    assert.ok(pages <= 5, `${pages} pages were asked for`);
    const index = await world.row(nameOf(count - 1)).getAttribute('aria-rowindex');
    assert.equal(Number(index), count + 2, 'behind the head and the one folder');
    await world.grid().press('ArrowUp');
    await world
      .row(nameOf(count - 2))
      .and(page.locator('[aria-selected=true]'))
      .waitFor();
  });

  it('chooses all but one, and deletes those that were never loaded too', async () => {
    const { page } = world;
    await world.grid().press('Control+a');
    await page
      .getByRole('toolbar')
      .getByText(/2,?301 selected/)
      .waitFor();
    await world.row(nameOf(count - 1)).click({ modifiers: ['Control'] });
    await page
      .getByRole('toolbar')
      .getByText(/2,?300 selected/)
      .waitFor();
    await world.grid().press('Delete');
    await eventually(
      () => page.getByRole('row').count(),
      (rows) => rows === 2,
      'the head and the one row that was left out',
      30_000,
    );
    await world.row(nameOf(count - 1)).waitFor();
  });

  it('shows tiles with small pictures, remembered for the folder', async () => {
    const { page } = world;
    await world.goHome();
    await world.enterNewFolder('Tiles');
    await world.drop(await world.sample('dot.png', png()), await world.sample('word.txt', 'word'));
    await world.uploaded('2 files uploaded');
    await page.getByRole('button', { name: 'Show as tiles' }).click();
    await page.reload();
    const picture = world.row('dot.png').locator('img');
    await eventually(
      () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
      (width) => width === 4,
      'the picture is its own thumbnail',
    );
    await world.row('dot.png').click();
    await world.grid().press('ArrowRight');
    await world.row('word.txt').and(page.locator('[aria-selected=true]')).waitFor();
    await expectAccessible(page, 'tiles');
    await world.goHome();
    await page.getByRole('button', { name: 'Show as tiles' }).waitFor();
  });
}
