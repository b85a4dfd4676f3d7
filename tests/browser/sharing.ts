/** Sharing in the web application: two people, two browsers; the share dialog, what each of them sees of it, Cells, and the workspaces of the administrator. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually, expectAccessible, visit, type Visit } from './browser.ts';
import { password, type World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const shots = process.env.VOLVOX_TEST_SHOTS;

async function shoot(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/sharing-${name}.png` });
}

/** Signed in as the administrator `ada`. */
export function sharing(world: World): void {
  let bea: Visit;
  let handy: Visit;
  const at = (path: string): string => new URL(path, world.server.url).href;

  before(async () => {
    await world.page.goto(at('/admin/users'));
    await world.page.getByRole('button', { name: 'New user' }).click();
    const dialog = world.page.getByRole('dialog');
    await dialog.getByLabel('Login').fill('bea');
    await dialog
      .getByLabel('New password', { exact: true })
      .or(dialog.locator('input[name=password]'))
      .first()
      .fill(password);
    await dialog.getByLabel('Display name').fill('Bea Beekeeper');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    bea = await signIn({});
    handy = await visit(world.browser, { ...phone, storageState: await bea.page.context().storageState() });
  });
  after(async () => {
    await bea?.close();
    await handy?.close();
  });

  async function signIn(options: object): Promise<Visit> {
    const other = await visit(world.browser, options);
    await other.page.goto(world.server.url);
    await other.page.getByLabel('Login').fill('bea');
    const next = other.page.getByRole('button', { name: 'Continue' });
    if (await next.isVisible()) await next.click();
    await other.page.getByLabel('Password', { exact: true }).fill(password);
    await other.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await other.page.getByText('Nothing here yet').waitFor();
    return other;
  }

  it('shares a folder from its menu, and the other sees it at once', async () => {
    const { page } = world;
    await bea.page.goto(at('/shared'));
    await bea.page.getByText('Nothing was shared with you yet').waitFor();
    await expectAccessible(bea.page, 'shared with me, empty');
    await world.goHome();
    await world.enterNewFolder('Hives');
    await world.drop(await world.sample('honey.txt', 'sweet'));
    await world.row('honey.txt').waitFor();
    await world.goHome();
    await world.menu('Hives', 'Share');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Share with').fill('bee');
    await page.getByRole('option', { name: 'Bea Beekeeper' }).click();
    await dialog
      .getByRole('textbox', { name: 'Role' })
      .or(dialog.getByLabel('Role', { exact: true }))
      .first()
      .click();
    await page.getByRole('option', { name: 'Editor' }).click();
    await dialog.getByLabel('Message').fill('All about bees');
    await shoot(page, 'dialog');
    await expectAccessible(page, 'the share dialog');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByRole('list', { name: 'Shared here' }).getByText('Bea Beekeeper').waitFor();
    await bea.page.getByRole('link', { name: 'Hives' }).waitFor();
    await bea.page.getByText('All about bees').waitFor();
    await shoot(bea.page, 'received');
    await expectAccessible(bea.page, 'shared with me');
  });

  it('explains who may do what, and marks what is shared', async () => {
    const { page } = world;
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('tab', { name: 'Who has access' }).click();
    const line = dialog.getByRole('listitem').filter({ hasText: 'Bea Beekeeper' });
    await line.getByText('shared on “Hives”').waitFor();
    await dialog.getByText('No public link and no file request leads here.').waitFor();
    await dialog.getByRole('tab', { name: 'Links' }).click();
    await dialog.getByRole('button', { name: 'Make a link' }).click();
    await dialog.getByRole('textbox', { name: 'Address', exact: true }).first().waitFor();
    await dialog.getByRole('tab', { name: 'Who has access' }).click();
    const links = dialog.getByRole('list', { name: 'Links that lead here' });
    await links.getByText('look and download · yours · on “Hives”').waitFor();
    await dialog.getByRole('heading', { name: 'Links that lead here (1)' }).waitFor();
    await shoot(page, 'access');
    await expectAccessible(page, 'who has access');
    await page.keyboard.press('Escape');
    await world.row('Hives').getByText('Shared with others').waitFor();
  });

  it('lets the receiver work in it, on a phone as well', async () => {
    await bea.page.getByRole('link', { name: 'Hives' }).click();
    await bea.page.getByRole('row').filter({ hasText: 'honey.txt' }).waitFor();
    await bea.page.getByRole('button', { name: 'New', exact: true }).first().click();
    await bea.page.getByRole('menuitem', { name: 'New folder' }).click();
    await bea.page.getByRole('dialog').getByLabel('Name').fill('By Bea');
    await bea.page.keyboard.press('Enter');
    await bea.page.getByRole('row').filter({ hasText: 'By Bea' }).waitFor();
    await world.open('Hives');
    await world.row('By Bea').waitFor();
    await handy.page.goto(at('/'));
    await handy.page.getByRole('link', { name: 'Shared', exact: true }).click();
    await handy.page.getByRole('link', { name: 'Hives' }).waitFor();
    await shoot(handy.page, 'received-phone');
    await expectAccessible(handy.page, 'shared with me on a phone');
    await handy.page
      .getByRole('button', { name: 'Open as a folder' })
      .or(handy.page.getByRole('link', { name: 'Open as a folder' }))
      .first()
      .click();
    await handy.page.getByRole('row').filter({ hasText: 'Hives' }).waitFor();
  });

  it('takes it back, and it is gone where it was open', async () => {
    const { page } = world;
    await page.goto(at('/shared/by-me'));
    const line = page.getByRole('listitem').filter({ hasText: 'Bea Beekeeper' });
    await line.getByRole('checkbox').check();
    await shoot(page, 'given');
    await expectAccessible(page, 'shared by me');
    await page.getByRole('button', { name: /^Revoke/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('You have shared nothing yet').waitFor();
    await bea.page.getByRole('row').filter({ hasText: 'honey.txt' }).waitFor({ state: 'detached' });
    await bea.page.goto(at('/shared'));
    await bea.page.getByText('Nothing was shared with you yet').waitFor();
  });

  it('makes a Cell by keyboard alone, adds a member and shows a folder in it', async () => {
    const { page } = world;
    await page.goto(at('/cells'));
    await page.getByText('No Cells yet').waitFor();
    await expectAccessible(page, 'no Cells');
    await page.getByRole('button', { name: 'New Cell' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Name').waitFor();
    await page.keyboard.type('Apiary');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Apiary' }).waitFor();
    await page.getByRole('textbox', { name: 'Add', exact: true }).fill('bea');
    await page.getByRole('option', { name: 'Bea Beekeeper' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Members' }).getByText('Bea Beekeeper').waitFor();
    await shoot(page, 'cell');
    await expectAccessible(page, 'a Cell');
    await world.goHome();
    await world.menu('Hives', 'Show in a Cell');
    await page.getByRole('dialog').getByLabel('Cell', { exact: true }).first().click();
    await page.getByRole('option', { name: 'Apiary' }).click();
    await expectAccessible(page, 'show in a Cell');
    await page.getByRole('dialog').getByRole('button', { name: 'Show in a Cell' }).click();
    await page.getByText('“Hives” is shown in “Apiary”').waitFor();
  });

  it('says who owns a Cell that its roles give the rights there, not rules', async () => {
    const { page } = world;
    await page.goto(at('/cells'));
    await page.getByRole('link', { name: 'Apiary', exact: true }).last().click();
    await page.getByRole('heading', { level: 1, name: 'Apiary' }).waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Details' }).click();
    const inspector = page.getByRole('complementary', { name: 'Details' });
    await inspector.getByRole('tab', { name: 'Permissions' }).click();
    await inspector.getByText('change the roles in the Cell').waitFor();
    assert.equal(await inspector.getByRole('button', { name: 'Add a rule' }).count(), 0);
    await shoot(page, 'cell-rules');
    await inspector.getByRole('button', { name: 'Close' }).first().click();
  });

  it('is a workspace of its members, who can leave', async () => {
    await bea.page.goto(at('/cells'));
    await bea.page.getByRole('link', { name: 'Apiary', exact: true }).last().click();
    await bea.page.getByRole('row').filter({ hasText: 'Hives' }).click({ button: 'right' });
    const menu = bea.page.getByRole('menu');
    await menu.waitFor();
    assert.equal(await menu.getByRole('menuitem', { name: 'Delete' }).count(), 0);
    await bea.page.keyboard.press('Escape');
    await handy.page.goto(at('/cells'));
    await handy.page.getByRole('link', { name: 'Members and settings of “Apiary”' }).click();
    await handy.page.getByRole('heading', { level: 1, name: 'Apiary' }).waitFor();
    await shoot(handy.page, 'cell-phone');
    await expectAccessible(handy.page, 'a Cell on a phone');
    await handy.page.getByRole('button', { name: 'Leave' }).click();
    await handy.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await handy.page.getByText('No Cells yet').waitFor();
  });

  it('administers workspaces: makes one, puts it away, deletes it', async () => {
    const { page } = world;
    await page.goto(at('/admin/workspaces'));
    await page.getByRole('button', { name: 'New workspace' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Archive of bees');
    await dialog.getByLabel('Address').fill('bees');
    await expectAccessible(page, 'a new workspace');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const line = page.getByRole('listitem').filter({ hasText: 'Archive of bees' }).last();
    const choose = async (verb: string): Promise<void> => {
      await line.getByRole('button', { name: 'Actions for Archive of bees' }).click();
      await page.getByRole('menuitem', { name: verb }).click();
    };
    await choose('Add a root');
    await dialog.getByRole('treeitem', { name: 'Common files' }).click();
    await dialog.getByText('“Common files” will show here.').waitFor();
    await shoot(page, 'workspace-root');
    await expectAccessible(page, 'another root of a workspace');
    await dialog.getByRole('button', { name: 'Show it here' }).click();
    await line.getByText('Further roots: Common files').waitFor();
    await choose('Remove Common files');
    await line.getByText('Further roots').waitFor({ state: 'detached' });
    await choose('Put away');
    await page.getByRole('dialog').getByRole('button', { name: 'Put away' }).click();
    await line.getByText('Put away').waitFor();
    await shoot(page, 'workspaces');
    await expectAccessible(page, 'workspaces');
    await choose('Take out again');
    await line.getByText('Put away').waitFor({ state: 'detached' });
    await choose('Delete');
    await page.getByRole('dialog').getByRole('textbox').fill('bees');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await eventually(
      () => page.getByRole('listitem').filter({ hasText: 'Archive of bees' }).count(),
      (count) => count === 0,
      'the workspace is gone',
    );
  });

  it('has personal workspaces begin with what a folder holds', async () => {
    const { page } = world;
    const card = page.getByRole('region', { name: 'What personal workspaces begin with' });
    await card.getByText('They begin empty').waitFor();
    await card.getByRole('button', { name: 'Choose a folder' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('treeitem', { name: 'Common files' }).click();
    await dialog.getByText('The content of “Common files” is copied').waitFor();
    await expectAccessible(page, 'choosing a template');
    await shoot(page, 'template-choose');
    await dialog.getByRole('button', { name: 'Use it' }).click();
    await card.getByRole('link', { name: '/common' }).waitFor();
    await shoot(page, 'template');
    await expectAccessible(page, 'a template');
    await page.setViewportSize(phone.viewport);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(over <= 0, `workspaces are ${over} pixels too wide on a phone`);
    await shoot(page, 'template-phone');
    await page.setViewportSize({ width: 1280, height: 800 });
    await card.getByRole('button', { name: 'No template' }).click();
    await card.getByText('They begin empty').waitFor();
    assert.deepEqual([...bea.faults, ...handy.faults], []);
  });
}
