/** Sharing with keys only: nothing is clicked or focused by the test; what closes leads back to what opened it. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { createClient } from '@volvox/client';
import type { Locator, Page } from 'playwright-core';
import { visit, type Visit } from './browser.ts';
import { password, type World } from './world.ts';

/** More than any page here has places to stop at. */
const mostStops = 80;

const isFocused = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element === document.activeElement);

/** Tab by tab, as somebody without a mouse goes there. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await target.waitFor();
  for (let stops = 0; !(await isFocused(target)); stops++) {
    assert.ok(stops < mostStops, `${String(target)} is not reached by ${key}`);
    await page.keyboard.press(key);
  }
}

async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Signed in as the administrator `ada`. */
export function keyboard(world: World): void {
  let ada: Visit;
  let kim: Visit;
  let folder = '';
  let cell = '';
  const at = (path: string): string => new URL(path, world.server.url).href;

  before(async () => {
    const admin = createClient({
      baseUrl: world.server.url,
      auth: { kind: 'basic', login: 'ada', secret: password },
    });
    await admin.call('createUser', { body: { login: 'kim', displayName: 'Kim Keys', password } });
    const found = (await admin.call('searchPeople', { query: { q: 'kim' } })).items;
    const roleId = found.find(({ detail }) => detail === 'kim')?.roleId ?? found[0]?.roleId ?? '';
    const personal = await admin.call('lookupNode', { query: { path: '/personal' } });
    const made = await admin.call('createFolder', { params: { id: personal.id }, body: { name: 'Keys' } });
    folder = made.id;
    cell = (await admin.call('createCell', { body: { name: 'Locksmiths', nodeIds: [] } })).id;
    await admin.call('setCellMember', { params: { id: cell, role: roleId }, body: { role: 'viewer' } });
    const permissions = ['clipboard-read', 'clipboard-write'];
    const storageState = await world.page.context().storageState();
    ada = await visit(world.browser, { storageState, permissions });
    kim = await visit(world.browser);
    const signedIn = await kim.page.request.post(at('/api/v1/session'), { data: { login: 'kim', password } });
    assert.equal(signedIn.ok(), true);
  });
  after(async () => {
    await ada?.close();
    await kim?.close();
  });

  it('shares with a role and a last day', async () => {
    const { page } = ada;
    await page.goto(at(`/files/${folder}`));
    const opener = page.getByRole('button', { name: 'Share', exact: true });
    await press(page, opener);
    const dialog = page.getByRole('dialog');
    await tabTo(page, dialog.getByLabel('Share with'));
    await page.keyboard.type('kim');
    await page.getByRole('option', { name: 'Kim Keys' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Remove Kim Keys' }).waitFor();
    await press(page, dialog.getByRole('combobox', { name: 'Role', exact: true }));
    await page.getByRole('option', { name: 'Editor' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.match(await dialog.getByRole('combobox', { name: 'Role', exact: true }).inputValue(), /Editor/);
    await tabTo(page, dialog.getByLabel('Until'));
    await page.keyboard.type('02022031');
    assert.equal(
      await dialog.getByLabel('Until').inputValue(),
      '2031-02-02',
      'the same in every order of day and month',
    );
    await press(page, dialog.getByRole('button', { name: 'Share', exact: true }));
    const list = dialog.getByRole('list', { name: 'Shared here' });
    await list.getByText('Kim Keys').waitFor();
    await list.getByText(/2031/).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await isFocused(opener), true, 'the focus is back');
  });

  it('makes a link with a password and copies its address', async () => {
    const { page } = ada;
    await press(page, page.getByRole('button', { name: 'Share', exact: true }));
    const dialog = page.getByRole('dialog');
    await tabTo(page, dialog.getByRole('tab', { name: 'People' }));
    await page.keyboard.press('ArrowRight');
    await press(page, dialog.getByRole('button', { name: 'Make a link' }));
    const secret = dialog.getByRole('textbox', { name: 'Password' });
    await tabTo(page, secret);
    await page.keyboard.type('open sesame 9');
    await press(page, dialog.getByRole('button', { name: 'Save' }));
    await page.getByText('The link was saved').waitFor();
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await tabTo(page, dialog.getByRole('button', { name: 'Copy the address' }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    const address = await dialog.getByRole('textbox', { name: 'Address', exact: true }).inputValue();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), address);
    const visitor = await visit(world.browser);
    await visitor.page.goto(address);
    await visitor.page.getByRole('textbox', { name: 'Password' }).waitFor();
    await visitor.close();
    await press(page, dialog.getByRole('button', { name: 'QR code' }));
    await page.getByRole('img', { name: /QR code of the link/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('img', { name: /QR code of the link/ }).waitFor({ state: 'detached' });
    assert.equal(
      await isFocused(dialog.getByRole('button', { name: 'QR code' })),
      true,
      'from dialog to dialog',
    );
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await isFocused(page.getByRole('button', { name: 'Share', exact: true })), true);
  });

  it('leaves a Cell', async () => {
    const { page } = kim;
    await page.goto(at(`/cells/${cell}`));
    await page.getByRole('heading', { level: 1, name: 'Locksmiths' }).waitFor();
    const opener = page.getByRole('button', { name: 'Leave' });
    await press(page, opener);
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await isFocused(opener), true, 'the focus is back');
    await page.keyboard.press('Enter');
    await press(page, dialog.getByRole('button', { name: 'Leave' }));
    await page.waitForURL(at('/cells'));
    await page.getByRole('heading', { level: 1, name: 'Cells' }).waitFor();
    await page.getByRole('main').getByText('Locksmiths').waitFor({ state: 'detached' });
    assert.deepEqual([...ada.faults, ...kim.faults], []);
  });
}
