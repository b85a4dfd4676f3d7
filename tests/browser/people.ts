/** The web application on a real server: groups, roles, users by hand and by CSV, teams, guests and their invitation. Signed in as an administrator. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { expectAccessible, visit } from './browser.ts';
import { password, type World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const csv = [
  'login,displayName,group,password',
  'grace,Grace Hopper,Staff/Navy,a compiler of words',
  'alan,Alan Turing,Staff,a machine of states',
  'nobody here,Broken,,',
].join('\n');

export function people(world: World): void {
  const visitAdmin = (page: string) => world.page.goto(new URL(`/admin/${page}`, world.server.url).href);

  it('makes a tree of groups', async () => {
    const { page } = world;
    await visitAdmin('groups');
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name').fill('Staff');
    await page.getByRole('button', { name: 'Save' }).click();
    await more(page, 'More for Staff', 'New group below Staff');
    await page.getByLabel('Name').fill('Navy');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Navy' }).waitFor();
    await expectAccessible(page, 'groups');
  });

  it('imports users: checks first, says which line fails and why', async () => {
    const { page } = world;
    await visitAdmin('users');
    await page.getByRole('button', { name: 'CSV' }).click();
    await page.getByRole('menuitem', { name: 'Import' }).click();
    const file = await world.sample('people.csv', csv);
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByLabel('Choose a CSV file').click(),
    ]);
    await chooser.setFiles(file);
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('2 are made · 0 are changed · 0 stay as they are · 1 fails').waitFor();
    await page.getByRole('row').filter({ hasText: 'nobody here' }).getByText('a login has').waitFor();
    await expectAccessible(page, 'import of users');
    await page.getByRole('button', { name: 'Import 2 lines' }).click();
    await page.getByRole('button', { name: 'Check' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('listitem').filter({ hasText: 'Grace Hopper' }).waitFor();
  });

  it('filters users and changes many at once', async () => {
    const { page } = world;
    await page.getByLabel('Find a user').fill('tur');
    await page.getByRole('listitem').filter({ hasText: 'Grace' }).waitFor({ state: 'detached' });
    await page.getByLabel('Select Alan Turing').check();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByText('1 user has been changed.').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Alan' }).getByText('Disabled').waitFor();
    await page.getByLabel('Select Alan Turing').check();
    await expectAccessible(page, 'users with a selection');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    const lines = (await readFile(await (await saving).path(), 'utf8')).trim().split('\r\n');
    assert.deepEqual(
      lines.map((line) => line.split(',')[0]),
      ['login', 'alan'],
    );
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByLabel('Find a user').fill('');
    await page.getByRole('listitem').filter({ hasText: 'Grace' }).waitFor();
  });

  it('orders roles, gives one, and shows what a user has', async () => {
    const { page } = world;
    await visitAdmin('roles');
    for (const name of ['Readers', 'Editors']) {
      await page.getByRole('button', { name: 'New role' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill(name);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('listitem').filter({ hasText: name }).waitFor();
    }
    await page.getByRole('button', { name: 'Move Editors up: weaker' }).click();
    await page.getByRole('button', { name: 'Move Editors up: weaker', disabled: true }).waitFor();
    await expectAccessible(page, 'roles');
    await more(page, 'More for Editors', 'Who has it');
    await page.getByRole('textbox', { name: 'Give it to' }).fill('hop');
    await page.getByRole('option', { name: /Grace Hopper/ }).click();
    await page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'Grace Hopper' }).waitFor();
    await expectAccessible(page, 'assignments of a role');
    await visitAdmin('users');
    await more(page, 'Actions for Grace Hopper', 'Details');
    const roles = page.getByRole('region', { name: 'Effective roles' });
    await roles.getByText('Editors').waitFor();
    const shown = await roles.getByRole('listitem').allInnerTexts();
    assert.deepEqual(
      shown.map((text) => text.split('\n')[0]),
      ['everyone', 'Staff', 'Navy', 'Editors', 'Own role'],
    );
    await expectAccessible(page, 'details of a user');
  });

  it('makes a team and invites a guest, who comes in by the link', async () => {
    const { page } = world;
    await page.goto(new URL('/teams', world.server.url).href);
    await page.getByRole('heading', { name: 'No teams yet' }).waitFor();
    await expectAccessible(page, 'no teams');
    await page.getByRole('button', { name: 'New team' }).click();
    await page.getByLabel('Name').fill('Compilers');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('textbox', { name: 'Add a member' }).fill('grace');
    await page.getByRole('option', { name: /Grace Hopper/ }).click();
    const members = page.getByRole('list', { name: 'Members of Compilers' });
    await members.getByRole('listitem').filter({ hasText: 'Grace Hopper' }).waitFor();
    await page.getByRole('button', { name: 'Invite a guest' }).click();
    await page.getByLabel('E-mail address').fill('eve@guests.example');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Eve Guest');
    await expectAccessible(page, 'inviting a guest');
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    const link = await page.getByLabel('Invitation link').inputValue();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('list', { name: 'My guests' }).getByText('Eve Guest').waitFor();
    await expectAccessible(page, 'teams and guests');
    await comeIn(world, link);
  });

  it('lets a group administrator make users in the group, and shows nobody else', async () => {
    const { page } = world;
    await visitAdmin('groups');
    await more(page, 'More for Staff', 'Group administrators');
    await page.getByRole('textbox', { name: 'Add an administrator' }).fill('grace');
    await page.getByRole('option', { name: /Grace Hopper/ }).click();
    await page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'Grace Hopper' }).waitFor();
    await expectAccessible(page, 'group administrators');
    const grace = await visit(world.browser);
    await grace.page.goto(new URL('/teams', world.server.url).href);
    await grace.page.getByLabel('Login').fill('grace');
    await grace.page.getByLabel('Password', { exact: true }).fill('a compiler of words');
    await grace.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await grace.page.getByRole('link', { name: 'Manage users' }).click();
    await grace.page.getByRole('listitem').filter({ hasText: 'Alan Turing' }).waitFor();
    await grace.page.getByRole('button', { name: 'New user' }).click();
    await grace.page.getByLabel('Login').fill('kay');
    await grace.page.getByLabel('New password', { exact: true }).fill('a console of numbers');
    await grace.page.getByRole('button', { name: 'Save' }).click();
    await grace.page.getByRole('listitem').filter({ hasText: 'kay' }).waitFor();
    assert.equal(await grace.page.getByRole('listitem').filter({ hasText: 'Ada Lovelace' }).count(), 0);
    await grace.page.getByRole('link', { name: 'kay', exact: true }).click();
    const profile = grace.page.getByRole('region', { name: 'Profile' });
    await profile.getByLabel('Display name').fill('Kay Console');
    await profile.getByRole('button', { name: 'Save' }).click();
    await grace.page.getByRole('heading', { level: 1, name: 'Kay Console' }).waitFor();
    for (const name of ['Signing in', 'Sessions and devices', 'App passwords and tokens'])
      assert.equal(await grace.page.getByRole('region', { name }).count(), 0, name);
    assert.equal(await profile.getByLabel('Quota in GB').count(), 0);
    await grace.close();
  });

  it('fits on a phone', async () => {
    const state = await world.page.context().storageState();
    const small = await visit(world.browser, { ...phone, storageState: state });
    for (const place of ['teams', 'admin/users', 'admin/groups', 'admin/roles']) {
      await small.page.goto(new URL(`/${place}`, world.server.url).href);
      await small.page.getByRole('listitem').filter({ hasText: /\w/ }).first().waitFor();
      const wide = await small.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(wide, 0, `${place} is wider than the screen`);
      await expectAccessible(small.page, `${place} on a phone`);
    }
    await small.close();
  });
}

async function more(page: Page, menu: string, verb: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: verb }).click();
}

/** As somebody else in another browser: chooses a password, signs in, and the link is spent. */
async function comeIn(world: World, link: string): Promise<void> {
  const guest = await visit(world.browser);
  await guest.page.goto(link);
  await guest.page.getByRole('heading', { name: 'Welcome, Eve Guest' }).waitFor();
  await expectAccessible(guest.page, 'an invitation');
  await guest.page.getByLabel('Password', { exact: true }).fill(password);
  await guest.page.getByRole('button', { name: 'Create my account' }).click();
  await guest.page.getByRole('link', { name: 'Sign in' }).click();
  await guest.page.getByLabel('Login').fill('eve@guests.example');
  await guest.page.getByLabel('Password', { exact: true }).fill(password);
  await guest.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await guest.page.getByRole('button', { name: /Eve Guest/ }).waitFor();
  await guest.page.goto(link);
  await guest.page.getByRole('heading', { name: 'This invitation no longer works' }).waitFor();
  assert.deepEqual(guest.faults, []);
  await guest.close();
}
