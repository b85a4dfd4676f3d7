/** The web application on a real server: what a person does on the first day, in order. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'node:test';
import { dropFromOutside, eventually, expectAccessible } from './browser.ts';
import { pdfWithText, png } from './samples.ts';
import { password, type World } from './world.ts';

export function firstDay(world: World): void {
  it('without the key tells where the set-up link is', async () => {
    await world.page.goto(world.server.url);
    await world.page.getByRole('heading', { level: 1, name: 'Almost there' }).waitFor();
    await expectAccessible(world.page, 'set-up without key');
  });

  it('sets up the first administrator through the printed link', async () => {
    await world.page.goto(world.server.setupUrl);
    await world.page.getByLabel('Login').fill('ada');
    await world.page.getByLabel('Display name').fill('Ada Lovelace');
    await world.page.getByLabel('Password', { exact: true }).fill(password);
    await world.page.getByText('Strong').waitFor();
    await expectAccessible(world.page, 'set-up');
    await world.page.getByRole('button', { name: 'Create account' }).click();
    await world.page.getByText('Nothing here yet').waitFor();
    await expectAccessible(world.page, 'an empty folder');
  });

  it('signs out and in again, and says when the password is wrong', async () => {
    await world.page.getByRole('button', { name: /Ada Lovelace/ }).click();
    await world.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await world.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await expectAccessible(world.page, 'log-in');
    await world.page.getByLabel('Login').fill('ada');
    await world.page.getByLabel('Password', { exact: true }).fill('wrong');
    await world.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await world.page.getByRole('alert').getByText('do not match').waitFor();
    await world.page.getByLabel('Password', { exact: true }).fill(password);
    await world.page.getByLabel('Keep me signed in').check();
    await world.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await world.page.getByText('Nothing here yet').waitFor();
  });

  it('takes files and a nested folder by drop, empty folders and a large file too', async () => {
    const project = path.join(world.samples, 'project');
    await mkdir(path.join(project, 'src', 'deep'), { recursive: true });
    await mkdir(path.join(project, 'empty'), { recursive: true });
    await writeFile(path.join(project, 'readme.md'), '# Project\n');
    await writeFile(path.join(project, 'src', 'deep', 'main.ts'), 'export const answer = 42;\n');
    await writeFile(path.join(world.samples, 'hello.txt'), 'first words\n');
    await writeFile(path.join(world.samples, 'picture.png'), png());
    await writeFile(path.join(world.samples, 'paper.pdf'), pdfWithText('Cells in a colony'));
    await writeFile(path.join(world.samples, 'large.bin'), Buffer.alloc(5 << 20, 7));
    const names = ['project', 'hello.txt', 'picture.png', 'paper.pdf', 'large.bin'];
    await dropFromOutside(
      world.page,
      world.page.getByRole('main'),
      names.map((name) => path.join(world.samples, name)),
    );
    await world.page.getByRole('status').getByText('6 files uploaded').waitFor();
    for (const name of names) await world.row(name).waitFor();
    await world.page.getByRole('button', { name: 'Close the list' }).click();
    await expectAccessible(world.page, 'files');

    await world.open('project');
    for (const name of ['src', 'empty', 'readme.md']) await world.row(name).waitFor();
    await world.open('src');
    await world.open('deep');
    await world.row('main.ts').waitFor();
  });

  it('goes up by keyboard and by the path', async () => {
    await world.grid().press('Backspace');
    await world.page.getByRole('heading', { level: 1, name: 'src' }).waitFor();
    await world.page.getByRole('navigation', { name: 'Path' }).getByRole('link').first().click();
    await world.row('hello.txt').waitFor();
  });

  it('previews text, picture and PDF, and walks between them', async () => {
    await world.goHome();
    await world.row('hello.txt').click();
    await world.page.keyboard.press('Space');
    const overlay = world.page.getByRole('dialog');
    await overlay.getByText('first words').waitFor();
    await expectAccessible(world.page, 'preview');
    await world.page.keyboard.press('ArrowRight');
    await world.page.getByRole('dialog', { name: 'Preview of large.bin' }).getByText('no preview').waitFor();
    await world.page.keyboard.press('ArrowRight');
    // the text layer lies over the drawn page, so finding its text proves both worker and policy
    await overlay.getByText('Cells in a colony').waitFor();
    await world.page.keyboard.press('ArrowRight');
    const picture = overlay.getByRole('img', { name: 'picture.png' });
    await eventually(
      () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
      (width) => width === 4,
      'the picture is drawn',
    );
    await world.page.keyboard.press('Escape');
    await overlay.waitFor({ state: 'detached' });
  });

  it('renames by keyboard and takes it back', async () => {
    await world.goHome();
    await world.row('hello.txt').click();
    await world.page.keyboard.press('F2');
    const name = world.page.getByRole('dialog').getByLabel('Name');
    await eventually(
      () =>
        name.evaluate((input: HTMLInputElement) =>
          input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0),
        ),
      (text) => text === 'hello',
      'the stem is marked',
    );
    await world.page.keyboard.type('greetings');
    await world.page.keyboard.press('Enter');
    await world.row('greetings.txt').waitFor();
    await world.page.getByRole('button', { name: 'Undo' }).click();
    await world.row('hello.txt').waitFor();
  });

  it('makes a folder and moves files into it, by picker and by drag', async () => {
    await world.goHome();
    await world.page.getByRole('button', { name: 'New', exact: true }).click();
    await world.page.getByRole('menuitem', { name: 'New folder' }).click();
    await world.page.getByRole('dialog').getByLabel('Name').fill('Box');
    await world.page.keyboard.press('Enter');
    await world.row('Box').waitFor();

    await world.menu('hello.txt', 'Move to');
    await world.page.getByRole('treeitem', { name: 'Box' }).click();
    await world.page.getByRole('button', { name: 'Move here' }).click();
    await world.row('hello.txt').waitFor({ state: 'detached' });

    await world.row('picture.png').dragTo(world.row('Box'));
    await world.row('picture.png').waitFor({ state: 'detached' });
    await world.open('Box');
    for (const name of ['hello.txt', 'picture.png']) await world.row(name).waitFor();
  });

  it('asks when a name is taken, replaces as a new version, and restores the old one', async () => {
    await world.goHome();
    await world.open('Box');
    await writeFile(path.join(world.samples, 'hello.txt'), 'second words\n');
    await dropFromOutside(world.page, world.page.getByRole('main'), [path.join(world.samples, 'hello.txt')]);
    await world.page.getByRole('dialog').getByText('Replace').click();
    await world.page.getByRole('button', { name: 'Continue' }).click();
    await world.page.getByRole('status').getByText('1 file uploaded').waitFor();
    await world.page.getByRole('button', { name: 'Close the list' }).click();

    await world.menu('hello.txt', 'Versions');
    const versions = world.page.getByRole('list', { name: 'Versions' }).getByRole('listitem');
    await eventually(
      () => versions.count(),
      (count) => count === 2,
      'two versions',
    );
    await versions.nth(1).getByRole('button').click();
    await world.page.getByRole('menuitem', { name: 'Restore this version' }).click();
    await world.page.getByText('is current again').waitFor();
    await expectAccessible(world.page, 'versions');
    await world.row('hello.txt').dblclick();
    await world.page.getByRole('dialog').getByText('first words').waitFor();
    await world.page.keyboard.press('Escape');
  });

  it('trashes, shows where from, restores', async () => {
    await world.goHome();
    await world.open('Box');
    await world.row('picture.png').click();
    await world.page.keyboard.press('Delete');
    await world.row('picture.png').waitFor({ state: 'detached' });
    await world.page.getByRole('link', { name: 'Trash' }).first().click();
    const item = world.page.getByRole('listitem').filter({ hasText: 'picture.png' });
    await item.getByText(/From .*Box/).waitFor();
    await expectAccessible(world.page, 'trash');
    await item.getByRole('button', { name: 'Restore picture.png' }).click();
    await world.page.getByText('The trash is empty').waitFor();
    await world.goHome();
    await world.open('Box');
    await world.row('picture.png').waitFor();
  });

  it('finds as one types, folders deep', async () => {
    await world.goHome();
    await world.page.getByRole('link', { name: 'Search' }).first().click();
    await world.page.getByRole('searchbox', { name: 'Search' }).fill('MAIN');
    const hit = world.page
      .getByRole('list', { name: 'Results' })
      .getByRole('link', { name: 'main.ts', exact: true });
    await world.page.waitForURL(/q=MAIN/);
    await eventually(
      async () => {
        await hit.or(world.page.getByText('Nothing found')).first().waitFor();
        if ((await hit.count()) === 0) await world.page.reload();
        return hit.count();
      },
      (count) => count === 1,
      'the search follower has seen the upload',
      30_000,
    );
    await expectAccessible(world.page, 'search');
    await hit.click();
    await world.page.getByRole('dialog').getByText('answer = 42').waitFor();
    await world.page.keyboard.press('Escape');
  });
}
