/** Uploads that meet what is there already, uploads from the clipboard, and many files on the way back as one zip. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { eventually } from './browser.ts';
import { png } from './samples.ts';
import type { World } from './world.ts';
import { readZip } from './zip.ts';

export function uploadChoices(world: World): void {
  const answer = async (choice: string): Promise<void> => {
    const dialog = world.page.getByRole('dialog');
    await dialog.getByText(choice, { exact: true }).click();
    await dialog.getByRole('button', { name: 'Continue' }).click();
  };

  it('keeps both, skips and replaces, each name by itself', async () => {
    const { page } = world;
    await world.goHome();
    await world.enterNewFolder('Choices');
    const names = ['keep.txt', 'replace.txt', 'skip.txt'];
    await world.drop(...(await Promise.all(names.map((name) => world.sample(name, `old ${name}`)))));
    await world.uploaded('3 files uploaded');

    await world.drop(...(await Promise.all(names.map((name) => world.sample(name, `new ${name}`)))));
    await page.getByRole('dialog').getByLabel('Do the same for all 3').uncheck();
    for (const choice of ['Keep both', 'Replace', 'Skip']) await answer(choice);
    await world.uploaded('2 files uploaded');
    await world.expectStored('keep.txt', 'old keep.txt');
    await world.expectStored('replace.txt', 'new replace.txt');
    await world.expectStored('skip.txt', 'old skip.txt');
    await eventually(
      () =>
        page
          .getByRole('grid')
          .getByText(/^keep \(\d\)\.txt$/)
          .count(),
      (count) => count === 1,
      'the second one has a number',
    );
  });

  it('merges a folder, leaves what is there if told to skip, and calls all off', async () => {
    const { page, samples } = world;
    await world.sample('album/one.txt', 'first one');
    await world.drop(`${samples}/album`);
    await world.uploaded('1 file uploaded');
    await world.sample('album/one.txt', 'second one');
    await world.sample('album/two.txt', 'two');

    await world.drop(`${samples}/album`);
    await page.getByRole('dialog', { name: 'This folder exists already' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.getByRole('region', { name: 'Uploads' }).count(), 0);

    await world.drop(`${samples}/album`);
    await answer('Skip');
    await world.uploaded('2 files uploaded');
    await world.open('album');
    await world.expectStored('one.txt', 'first one');
    await world.expectStored('two.txt', 'two');
    await page.goBack();
    await world.row('album').waitFor();
  });

  it('takes a picture from the clipboard', async () => {
    const { page } = world;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      await navigator.clipboard.write([
        new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) }),
      ]);
    }, png().toString('base64'));
    await page.keyboard.press('Control+v');
    await world.uploaded('1 file uploaded');
    await world
      .grid()
      .getByText(/\.png$/)
      .waitFor();
  });

  it('gives a selection out as one zip', async () => {
    const { page } = world;
    await world.row('album').click();
    await world.row('replace.txt').click({ modifiers: ['Control'] });
    const coming = page.waitForEvent('download');
    await page.getByRole('toolbar').getByRole('button', { name: 'Download' }).click();
    const download = await coming;
    assert.match(download.suggestedFilename(), /\.zip$/);
    const files = readZip(await readFile(await download.path()));
    const texts = Object.fromEntries(
      [...files].filter(([name]) => !name.endsWith('/')).map(([name, bytes]) => [name, bytes.toString()]),
    );
    assert.deepEqual(texts, {
      'album/one.txt': 'first one',
      'album/two.txt': 'two',
      'replace.txt': 'new replace.txt',
    });
  });
}
