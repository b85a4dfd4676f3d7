/** The web application in a real browser on a real server: what a person does on the first day, in order. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import {
  dropFromOutside,
  eventually,
  expectAccessible,
  hasBrowser,
  launch,
  visit,
  type Visit,
} from './browser.ts';
import { pdfWithText, png } from './samples.ts';
import { startFreshServer, type FreshServer } from './server.ts';

const password = 'a colony of green cells';

describe('the web application', { skip: hasBrowser ? false : 'no Chromium here' }, () => {
  let server: FreshServer;
  let browser: Browser;
  let at: Visit;
  let page: Page;
  let samples: string;

  const row = (name: string): Locator =>
    page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });
  const grid = (): Locator => page.getByRole('grid');
  const open = async (name: string): Promise<void> => {
    await row(name).dblclick();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  };
  const goHome = async (): Promise<void> => {
    await page.goto(server.url);
    await grid().or(page.getByText('Nothing here yet')).first().waitFor();
  };
  const menu = async (name: string, verb: string): Promise<void> => {
    await row(name).click({ button: 'right' });
    await page.getByRole('menuitem', { name: verb }).click();
  };

  before(async () => {
    samples = await mkdtemp(path.join(tmpdir(), 'volvox-samples-'));
    server = await startFreshServer();
    browser = await launch();
    at = await visit(browser);
    page = at.page;
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await rm(samples, { recursive: true, force: true });
  });

  it('without the key tells where the set-up link is', async () => {
    await page.goto(server.url);
    await page.getByRole('heading', { level: 1, name: 'Almost there' }).waitFor();
    await expectAccessible(page, 'set-up without key');
  });

  it('sets up the first administrator through the printed link', async () => {
    await page.goto(server.setupUrl);
    await page.getByLabel('Login').fill('ada');
    await page.getByLabel('Display name').fill('Ada Lovelace');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByText('Strong').waitFor();
    await expectAccessible(page, 'set-up');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Nothing here yet').waitFor();
    await expectAccessible(page, 'an empty folder');
  });

  it('signs out and in again, and says when the password is wrong', async () => {
    await page.getByRole('button', { name: /Ada Lovelace/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await expectAccessible(page, 'log-in');
    await page.getByLabel('Login').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('do not match').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Keep me signed in').check();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Nothing here yet').waitFor();
  });

  it('takes files and a nested folder by drop, empty folders and a large file too', async () => {
    const project = path.join(samples, 'project');
    await mkdir(path.join(project, 'src', 'deep'), { recursive: true });
    await mkdir(path.join(project, 'empty'), { recursive: true });
    await writeFile(path.join(project, 'readme.md'), '# Project\n');
    await writeFile(path.join(project, 'src', 'deep', 'main.ts'), 'export const answer = 42;\n');
    await writeFile(path.join(samples, 'hello.txt'), 'first words\n');
    await writeFile(path.join(samples, 'picture.png'), png());
    await writeFile(path.join(samples, 'paper.pdf'), pdfWithText('Cells in a colony'));
    await writeFile(path.join(samples, 'large.bin'), Buffer.alloc(5 << 20, 7));
    const names = ['project', 'hello.txt', 'picture.png', 'paper.pdf', 'large.bin'];
    await dropFromOutside(
      page,
      page.getByRole('main'),
      names.map((name) => path.join(samples, name)),
    );
    await page.getByRole('status').getByText('6 files uploaded').waitFor();
    for (const name of names) await row(name).waitFor();
    await page.getByRole('button', { name: 'Close the list' }).click();
    await expectAccessible(page, 'files');

    await open('project');
    for (const name of ['src', 'empty', 'readme.md']) await row(name).waitFor();
    await open('src');
    await open('deep');
    await row('main.ts').waitFor();
  });

  it('goes up by keyboard and by the path', async () => {
    await grid().press('Backspace');
    await page.getByRole('heading', { level: 1, name: 'src' }).waitFor();
    await page.getByRole('navigation', { name: 'Path' }).getByRole('link').first().click();
    await row('hello.txt').waitFor();
  });

  it('previews text, picture and PDF, and walks between them', async () => {
    await goHome();
    await row('hello.txt').click();
    await page.keyboard.press('Space');
    const overlay = page.getByRole('dialog');
    await overlay.getByText('first words').waitFor();
    await expectAccessible(page, 'preview');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('dialog', { name: 'Preview of large.bin' }).getByText('no preview').waitFor();
    await page.keyboard.press('ArrowRight');
    // the text layer lies over the drawn page, so finding its text proves both worker and policy
    await overlay.getByText('Cells in a colony').waitFor();
    await page.keyboard.press('ArrowRight');
    const picture = overlay.getByRole('img', { name: 'picture.png' });
    await eventually(
      () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
      (width) => width === 4,
      'the picture is drawn',
    );
    await page.keyboard.press('Escape');
    await overlay.waitFor({ state: 'detached' });
  });

  it('renames by keyboard and takes it back', async () => {
    await goHome();
    await row('hello.txt').click();
    await page.keyboard.press('F2');
    const name = page.getByRole('dialog').getByLabel('Name');
    await eventually(
      () =>
        name.evaluate((input: HTMLInputElement) =>
          input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0),
        ),
      (text) => text === 'hello',
      'the stem is marked',
    );
    await page.keyboard.type('greetings');
    await page.keyboard.press('Enter');
    await row('greetings.txt').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('hello.txt').waitFor();
  });

  it('makes a folder and moves files into it, by picker and by drag', async () => {
    await goHome();
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByRole('menuitem', { name: 'New folder' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Box');
    await page.keyboard.press('Enter');
    await row('Box').waitFor();

    await menu('hello.txt', 'Move to');
    await page.getByRole('treeitem', { name: 'Box' }).click();
    await page.getByRole('button', { name: 'Move here' }).click();
    await row('hello.txt').waitFor({ state: 'detached' });

    await row('picture.png').dragTo(row('Box'));
    await row('picture.png').waitFor({ state: 'detached' });
    await open('Box');
    for (const name of ['hello.txt', 'picture.png']) await row(name).waitFor();
  });

  it('asks when a name is taken, replaces as a new version, and restores the old one', async () => {
    await goHome();
    await open('Box');
    await writeFile(path.join(samples, 'hello.txt'), 'second words\n');
    await dropFromOutside(page, page.getByRole('main'), [path.join(samples, 'hello.txt')]);
    await page.getByRole('dialog').getByText('Replace').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('status').getByText('1 file uploaded').waitFor();
    await page.getByRole('button', { name: 'Close the list' }).click();

    await menu('hello.txt', 'Versions');
    const versions = page.getByRole('list', { name: 'Versions' }).getByRole('listitem');
    await eventually(
      () => versions.count(),
      (count) => count === 2,
      'two versions',
    );
    await versions.nth(1).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Restore this version' }).click();
    await page.getByText('is current again').waitFor();
    await expectAccessible(page, 'versions');
    await row('hello.txt').dblclick();
    await page.getByRole('dialog').getByText('first words').waitFor();
    await page.keyboard.press('Escape');
  });

  it('trashes, shows where from, restores', async () => {
    await goHome();
    await open('Box');
    await row('picture.png').click();
    await page.keyboard.press('Delete');
    await row('picture.png').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Trash' }).first().click();
    const item = page.getByRole('listitem').filter({ hasText: 'picture.png' });
    await item.getByText(/From .*Box/).waitFor();
    await expectAccessible(page, 'trash');
    await item.getByRole('button', { name: 'Restore picture.png' }).click();
    await page.getByText('The trash is empty').waitFor();
    await goHome();
    await open('Box');
    await row('picture.png').waitFor();
  });

  it('finds as one types, folders deep', async () => {
    await goHome();
    await page.getByRole('link', { name: 'Search' }).first().click();
    await page.getByRole('searchbox', { name: 'Search' }).fill('MAIN');
    const hit = page
      .getByRole('list', { name: 'Results' })
      .getByRole('link', { name: 'main.ts', exact: true });
    await page.waitForURL(/q=MAIN/);
    await eventually(
      async () => {
        await hit.or(page.getByText('Nothing found')).first().waitFor();
        if ((await hit.count()) === 0) await page.reload();
        return hit.count();
      },
      (count) => count === 1,
      'the search follower has seen the upload',
      30_000,
    );
    await expectAccessible(page, 'search');
    await hit.click();
    await page.getByRole('dialog').getByText('answer = 42').waitFor();
    await page.keyboard.press('Escape');
  });

  it('shows what somebody else does, without a reload', async () => {
    await goHome();
    await row('Box').waitFor();
    const other = await visit(browser, { storageState: await page.context().storageState() });
    await other.page.goto(page.url());
    await other.page.getByRole('button', { name: 'New', exact: true }).click();
    await other.page.getByRole('menuitem', { name: 'New folder' }).click();
    await other.page.getByRole('dialog').getByLabel('Name').fill('From elsewhere');
    await other.page.keyboard.press('Enter');
    await row('From elsewhere').waitFor();
    await other.close();
  });

  it('never runs what was uploaded', async () => {
    await goHome();
    const script = 'parent.document.title = document.title = "OWNED"; window.owned = true';
    await writeFile(
      path.join(samples, 'evil.html'),
      `<!doctype html><title>x</title><script>${script}</script><p>harmless words</p>`,
    );
    await writeFile(
      path.join(samples, 'evil.svg'),
      `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" onload='${script}'><script>${script}</script><rect width="20" height="20"/></svg>`,
    );
    await dropFromOutside(
      page,
      page.getByRole('main'),
      ['evil.html', 'evil.svg'].map((name) => path.join(samples, name)),
    );
    await page.getByRole('status').getByText('2 files uploaded').waitFor();
    await row('evil.html').dblclick();
    await page.getByRole('dialog').getByText('harmless words').waitFor();
    await page.keyboard.press('ArrowRight');
    const drawn = page.getByRole('dialog').getByRole('img', { name: 'evil.svg' });
    await eventually(
      () => drawn.evaluate((image: HTMLImageElement) => image.naturalWidth),
      (width) => width > 0,
      'the SVG is drawn',
    );
    const src = await drawn.getAttribute('src');
    assert.equal(await page.evaluate(() => 'owned' in window || document.title === 'OWNED'), false);

    // and not by its bare address either
    const bare = await page.context().newPage();
    const ids = await page.evaluate(
      async (address) => (await (await fetch(address)).text()).length,
      src ?? '',
    );
    assert.ok(ids > 0);
    await bare.goto(new URL(src ?? '', server.url).href).catch(() => undefined); // a download aborts the visit: as good
    assert.equal(await bare.evaluate(() => 'owned' in window || document.title === 'OWNED'), false);
    await bare.close();
    await page.keyboard.press('Escape');
  });

  it('selects by range and all, filters, and shows its keys', async () => {
    await goHome();
    await row('Box').click();
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByRole('toolbar').getByText('2 selected').waitFor();
    await page.keyboard.press('Control+a');
    await eventually(
      () => page.getByRole('row', { selected: true }).count(),
      (count) => count >= 6,
      'all are selected',
    );
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox', { name: 'Filter this folder' }).fill('evil');
    await row('Box').waitFor({ state: 'detached' });
    await row('evil.svg').waitFor();
    await page.getByRole('searchbox', { name: 'Filter this folder' }).press('Escape');
    await row('Box').waitFor();
    await row('Box').click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('asks for the password in place when the session has ended, and goes on', async () => {
    await page.goto(`${server.url}/account`);
    await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
    await goHome();
    await row('Box').waitFor();
    await page.evaluate(async () => {
      const { csrfToken } = await (await fetch('/api/v1/session')).json();
      await fetch('/api/v1/session', { method: 'DELETE', headers: { 'x-csrf-token': csrfToken } });
    });
    await row('Box').dblclick();
    const dialog = page.getByRole('dialog', { name: 'Please sign in again' });
    await dialog.waitFor();
    await dialog.getByLabel('Password', { exact: true }).fill(password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await row('hello.txt').waitFor();
  });

  it('keeps account and administration in order', async () => {
    await page.goto(`${server.url}/account`);
    await page.getByRole('region', { name: 'App passwords' }).getByRole('button', { name: 'New' }).click();
    await page.getByRole('dialog').getByLabel('Label').fill('Laptop');
    await page.getByRole('button', { name: 'Create' }).click();
    const secret = await page.getByLabel('Secret').inputValue();
    assert.ok(secret.length >= 16);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Laptop' }).waitFor();
    await expectAccessible(page, 'account');

    await page.goto(`${server.url}/admin/users`);
    await page.getByRole('button', { name: 'New user' }).click();
    await page.getByLabel('Login').fill('grace');
    await page.getByLabel('New password', { exact: true }).fill('another colony of cells');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('listitem').filter({ hasText: 'grace' }).first().waitFor();
    await expectAccessible(page, 'users');
    for (const [address, heading] of [
      ['status', 'Stores'],
      ['logs', 'Logs'],
      ['settings', 'Settings'],
    ] as const) {
      await page.goto(`${server.url}/admin/${address}`);
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
      await eventually(
        () => page.locator('.mantine-Skeleton-root').count(),
        (count) => count === 0,
        'loaded',
      );
      await expectAccessible(page, address);
    }
  });

  it('turns dark, and stays readable', async () => {
    await goHome();
    await page.getByRole('button', { name: /Ada Lovelace/ }).click();
    await page.getByText('Dark', { exact: true }).click();
    await page.keyboard.press('Escape');
    await eventually(
      () => page.locator('html').getAttribute('data-mantine-color-scheme'),
      (scheme) => scheme === 'dark',
      'dark',
    );
    await row('Box').waitFor();
    await row('Box').click();
    await expectAccessible(page, 'files in the dark');
    await page.goto(`${server.url}/trash`);
    await page.getByText('The trash is empty').waitFor();
    await expectAccessible(page, 'trash in the dark');
  });

  it('fits a phone: bottom bar, a tap opens, holding selects, targets are large enough', async () => {
    const phone = await visit(browser, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      storageState: await page.context().storageState(),
    });
    await phone.page.goto(server.url);
    const box = phone.page.getByRole('row').filter({ hasText: 'Box' });
    await box.waitFor();
    await expectAccessible(phone.page, 'files on a phone');
    assert.ok(
      await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      'nothing sticks out',
    );
    const small = await phone.page
      .getByRole('navigation', { name: /bottom/ })
      .getByRole('link')
      .evaluateAll((links) => links.filter((link) => link.getBoundingClientRect().height < 44).length);
    assert.equal(small, 0);
    await box.dispatchEvent('pointerdown', { pointerType: 'touch', bubbles: true });
    await phone.page.getByRole('toolbar').getByText('1 selected').waitFor();
    await phone.page.getByRole('button', { name: 'Clear selection' }).tap();
    await box.tap();
    await phone.page.getByRole('heading', { level: 1, name: 'Box' }).waitFor();
    await phone.page.getByRole('row').filter({ hasText: 'hello.txt' }).waitFor();
    assert.deepEqual(phone.faults, []);
    await phone.close();
  });

  it('had no exception and no refusal by the content security policy on the way', () => {
    assert.deepEqual(at.faults, []);
  });
});
