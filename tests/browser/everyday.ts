/** The web application on a real server: what follows in everyday use: living with others, selection, accounts, looks. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'node:test';
import { dropFromOutside, eventually, expectAccessible, visit } from './browser.ts';
import { password, type World } from './world.ts';

export function everyday(world: World): void {
  it('shows what somebody else does, without a reload', async () => {
    await world.goHome();
    await world.row('Box').waitFor();
    const other = await visit(world.browser, { storageState: await world.page.context().storageState() });
    await other.page.goto(world.page.url());
    await other.page.getByRole('button', { name: 'New', exact: true }).click();
    await other.page.getByRole('menuitem', { name: 'New folder' }).click();
    await other.page.getByRole('dialog').getByLabel('Name').fill('From elsewhere');
    await other.page.keyboard.press('Enter');
    await world.row('From elsewhere').waitFor();
    await other.close();
  });

  it('never runs what was uploaded', async () => {
    await world.goHome();
    const script = 'parent.document.title = document.title = "OWNED"; window.owned = true';
    await writeFile(
      path.join(world.samples, 'evil.html'),
      `<!doctype html><title>x</title><script>${script}</script><p>harmless words</p>`,
    );
    await writeFile(
      path.join(world.samples, 'evil.svg'),
      `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" onload='${script}'><script>${script}</script><rect width="20" height="20"/></svg>`,
    );
    await dropFromOutside(
      world.page,
      world.page.getByRole('main'),
      ['evil.html', 'evil.svg'].map((name) => path.join(world.samples, name)),
    );
    await world.page.getByRole('status').getByText('2 files uploaded').waitFor();
    await world.row('evil.html').dblclick();
    await world.page.getByRole('dialog').getByText('harmless words').waitFor();
    await world.page.keyboard.press('ArrowRight');
    const drawn = world.page.getByRole('dialog').getByRole('img', { name: 'evil.svg' });
    await eventually(
      () => drawn.evaluate((image: HTMLImageElement) => image.naturalWidth),
      (width) => width > 0,
      'the SVG is drawn',
    );
    const src = await drawn.getAttribute('src');
    assert.equal(await world.page.evaluate(() => 'owned' in window || document.title === 'OWNED'), false);

    // and not by its bare address either
    const bare = await world.page.context().newPage();
    const ids = await world.page.evaluate(
      async (address) => (await (await fetch(address)).text()).length,
      src ?? '',
    );
    assert.ok(ids > 0);
    await bare.goto(new URL(src ?? '', world.server.url).href).catch(() => undefined); // a download aborts the visit: as good
    assert.equal(await bare.evaluate(() => 'owned' in window || document.title === 'OWNED'), false);
    await bare.close();
    await world.page.keyboard.press('Escape');
  });

  it('selects by range and all, filters, and shows its keys', async () => {
    await world.goHome();
    await world.row('Box').click();
    await world.page.keyboard.press('Shift+ArrowDown');
    await world.page.getByRole('toolbar').getByText('2 selected').waitFor();
    await world.page.keyboard.press('Control+a');
    await eventually(
      () => world.page.getByRole('row', { selected: true }).count(),
      (count) => count >= 6,
      'all are selected',
    );
    await world.page.keyboard.press('Escape');
    await world.page.getByRole('searchbox', { name: 'Filter this folder' }).fill('evil');
    await world.row('Box').waitFor({ state: 'detached' });
    await world.row('evil.svg').waitFor();
    await world.page.getByRole('searchbox', { name: 'Filter this folder' }).press('Escape');
    await world.row('Box').waitFor();
    await world.row('Box').click();
    await world.page.keyboard.press('?');
    await world.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await world.page.keyboard.press('Escape');
  });

  it('asks for the password in place when the session has ended, and goes on', async () => {
    await world.page.goto(`${world.server.url}/account`);
    await world.page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
    await world.goHome();
    await world.row('Box').waitFor();
    await world.page.evaluate(async () => {
      const { csrfToken } = await (await fetch('/api/v1/session')).json();
      await fetch('/api/v1/session', { method: 'DELETE', headers: { 'x-csrf-token': csrfToken } });
    });
    await world.row('Box').dblclick();
    const dialog = world.page.getByRole('dialog', { name: 'Please sign in again' });
    await dialog.waitFor();
    await dialog.getByLabel('Password', { exact: true }).fill(password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await world.row('hello.txt').waitFor();
  });

  it('keeps account and administration in order', async () => {
    await world.page.goto(`${world.server.url}/account`);
    await world.page
      .getByRole('region', { name: 'App passwords' })
      .getByRole('button', { name: 'New' })
      .click();
    await world.page.getByRole('dialog').getByLabel('Label').fill('Laptop');
    await world.page.getByRole('button', { name: 'Create' }).click();
    const secret = await world.page.getByLabel('Secret').inputValue();
    assert.ok(secret.length >= 16);
    await world.page.getByRole('button', { name: 'I have kept it' }).click();
    await world.page.getByRole('listitem').filter({ hasText: 'Laptop' }).waitFor();
    await expectAccessible(world.page, 'account');

    await world.page.goto(`${world.server.url}/admin/users`);
    await world.page.getByRole('button', { name: 'New user' }).click();
    await world.page.getByLabel('Login').fill('grace');
    await world.page.getByLabel('New password', { exact: true }).fill('another colony of cells');
    await world.page.getByRole('button', { name: 'Save' }).click();
    await world.page.getByRole('listitem').filter({ hasText: 'grace' }).first().waitFor();
    await expectAccessible(world.page, 'users');
    for (const [address, heading] of [
      ['status', 'Stores'],
      ['logs', 'Logs'],
      ['settings', 'Settings'],
    ] as const) {
      await world.page.goto(`${world.server.url}/admin/${address}`);
      await world.page.getByRole('heading', { name: heading, exact: true }).waitFor();
      await eventually(
        () => world.page.locator('.mantine-Skeleton-root').count(),
        (count) => count === 0,
        'loaded',
      );
      await expectAccessible(world.page, address);
    }
  });

  it('turns dark, and stays readable', async () => {
    await world.goHome();
    await world.page.getByRole('button', { name: /Ada Lovelace/ }).click();
    await world.page.getByText('Dark', { exact: true }).click();
    await world.page.keyboard.press('Escape');
    await eventually(
      () => world.page.locator('html').getAttribute('data-mantine-color-scheme'),
      (scheme) => scheme === 'dark',
      'dark',
    );
    await world.row('Box').waitFor();
    await world.row('Box').click();
    await expectAccessible(world.page, 'files in the dark');
    await world.page.goto(`${world.server.url}/trash`);
    await world.page.getByRole('heading', { level: 1, name: 'Trash' }).waitFor();
    await eventually(
      () => world.page.locator('.mantine-Skeleton-root').count(),
      (count) => count === 0,
      'loaded',
    );
    await expectAccessible(world.page, 'trash in the dark');
  });

  it('fits a phone: bottom bar, a tap opens, holding selects, targets are large enough', async () => {
    const phone = await visit(world.browser, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      storageState: await world.page.context().storageState(),
    });
    await phone.page.goto(world.server.url);
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
}
