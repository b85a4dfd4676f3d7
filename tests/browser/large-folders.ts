/** A folder of thousands: sent in a few requests, its end at hand, chosen as a whole without reading it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from './browser.ts';
import type { World } from './world.ts';

const count = 2300;
const nameOf = (index: number): string => `${String(index).padStart(5, '0')}.txt`;

export function largeFolders(world: World): void {
  it('sends thousands of files in a few requests', async () => {
    const { page } = world;
    await world.goHome();
    for (let index = 0; index < count; index++) await world.sample(`many/${nameOf(index)}`, `${index}`);
    let requests = 0;
    page.on('request', (request) => (requests += request.url().includes('/bulk') ? 1 : 0));
    await world.drop(`${world.samples}/many`);
    await world.uploaded(`${count} files uploaded`);
    assert.ok(requests <= 20, `${requests} requests`);
    await world.open('many');
    await page.getByText('2,300 items').or(page.getByText('2300 items')).first().waitFor();
  });

  it('goes to the end by one page, and has the honest height', async () => {
    const { page } = world;
    let pages = 0;
    page.on('request', (request) => (pages += request.url().includes('/children?') ? 1 : 0));
    await world.grid().press('End');
    await world.row(nameOf(count - 1)).waitFor();
    assert.ok(pages <= 2, `${pages} pages were asked for`);
    const index = await world.row(nameOf(count - 1)).getAttribute('aria-rowindex');
    assert.equal(Number(index), count + 1);
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
      .getByText(/2,?300 selected/)
      .waitFor();
    await world.row(nameOf(count - 1)).click({ modifiers: ['Control'] });
    await page
      .getByRole('toolbar')
      .getByText(/2,?299 selected/)
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
}
