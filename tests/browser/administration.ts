/** One user as administrators see it: profile, ways in, sessions, tokens, acting as the user. Signed in as the administrator `ada`. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually, expectAccessible, visit, type Visit } from './browser.ts';
import { call, codeOf } from './requests.ts';
import type { World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const shots = process.env.VOLVOX_TEST_SHOTS;
const password = 'a lantern above the reef';

async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  const path = `${shots}/administration-${name}.png`;
  // What scrolls is the page's own box, not the document.
  const size = page.viewportSize() ?? phone.viewport;
  await page.setViewportSize({ ...size, height: 2400 });
  await page.screenshot({ path });
  await page.setViewportSize(size);
}

export function administration(world: World): void {
  let ines: Visit;
  let id = '';
  const at = (path: string): string => new URL(path, world.server.url).href;
  const region = (name: string) => world.page.getByRole('region', { name });

  before(async () => {
    await world.page.goto(at('/admin/users'));
    const made = await call<{ id: string }>(world.page, 'POST', '/users', { login: 'ines', password });
    id = made.id;
    ines = await visit(world.browser);
    await signIn(ines.page);
    const { secret } = await call<{ secret: string }>(ines.page, 'POST', '/factors/totp');
    await call(ines.page, 'POST', '/factors/totp/confirm', { code: codeOf(secret, 0) });
    await call(ines.page, 'POST', '/tokens', { kind: 'app_password', label: 'Sailing boat' });
  });
  after(async () => {
    await call(world.page, 'DELETE', '/admin/settings/impersonation.enabled');
    await ines.close();
  });

  async function signIn(page: Page): Promise<void> {
    await page.goto(at('/'));
    await page.getByLabel('Login').fill('ines');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Nothing here yet').waitFor();
  }

  it('changes the profile of a user, with an end and attributes', async () => {
    const { page } = world;
    await page.goto(at('/admin/users'));
    await page.getByRole('link', { name: 'ines', exact: true }).click();
    const profile = region('Profile');
    await profile.getByLabel('Display name').fill('Ines Islander');
    await profile.getByLabel('E-mail').fill('ines@islands.example');
    await profile
      .getByRole('combobox', { name: 'Language' })
      .or(profile.getByLabel('Language'))
      .first()
      .click();
    await page.getByRole('option', { name: 'Français' }).click();
    await profile.getByLabel('Account ends on').fill('2090-05-06');
    await profile.getByLabel('Quota in GB').fill('1.5');
    for (const [nth, value] of ['Kiel', 'Bonn'].entries()) {
      await profile.getByRole('button', { name: 'Add an attribute' }).click();
      await profile.getByRole('textbox', { name: 'Attribute', exact: true }).nth(nth).fill('site');
      await profile.getByRole('textbox', { name: 'Value', exact: true }).nth(nth).fill(value);
    }
    await profile.getByRole('button', { name: 'Save' }).click();
    await profile.getByRole('alert').getByText('“site” is there twice').waitFor();
    await profile.getByRole('button', { name: 'Remove the attribute site' }).last().click();
    await profile.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ines Islander' }).waitFor();
    const user = await call<Record<string, unknown>>(page, 'GET', `/users/${id}`);
    const { displayName, email, locale, quota, attributes } = user;
    assert.deepEqual(
      { displayName, email, locale, quota, attributes },
      {
        ...{ displayName: 'Ines Islander', email: 'ines@islands.example', locale: 'fr', quota: 1.5e9 },
        attributes: { site: 'Kiel' },
      },
    );
    await expectAccessible(page, 'a user');
    await shoot(page, 'user');
  });

  it('gives a role and takes it away; one of a group can’t be taken', async () => {
    const { page } = world;
    await call(page, 'POST', '/roles', { label: 'Harbour masters' });
    await page.reload();
    const roles = region('Effective roles');
    await roles
      .getByRole('textbox', { name: 'Give a role' })
      .or(roles.getByLabel('Give a role'))
      .first()
      .click();
    await page.getByRole('option', { name: 'Harbour masters' }).click();
    await roles.getByRole('button', { name: 'Take “Harbour masters” away' }).click();
    await roles.getByRole('listitem').filter({ hasText: 'Harbour masters' }).waitFor({ state: 'detached' });
    assert.equal(await roles.getByRole('button', { name: /^Take/ }).count(), 0);
  });

  it('shows sessions and tokens, and ends them', async () => {
    const { page } = world;
    await region('App passwords and tokens').getByText('Sailing boat').waitFor();
    await region('App passwords and tokens').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await region('App passwords and tokens').getByText('None.').waitFor();
    const sessions = region('Sessions and devices');
    assert.equal(await sessions.getByRole('listitem').count(), 1);
    await sessions.getByRole('button', { name: 'Sign out' }).click();
    await sessions.getByText('Signed in nowhere.').waitFor();
    await ines.page.goto(at('/'));
    await ines.page.getByLabel('Login').waitFor();
  });

  it('removes the factors of who has lost the phone, and demands a new password', async () => {
    const { page } = world;
    const signing = region('Signing in');
    await signing
      .getByRole('row', { name: /Authenticator app/ })
      .getByText('Set up')
      .waitFor();
    await signing.getByText('10 codes left').waitFor();
    await shoot(page, 'factors');
    await signing.getByRole('button', { name: 'Remove “Recovery codes”' }).click();
    await page.getByRole('dialog').getByText('is told by mail').waitFor();
    await expectAccessible(page, 'removing one factor of a user');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await signing.getByText('10 codes left').waitFor({ state: 'detached' });
    await signing
      .getByRole('row', { name: /Authenticator app/ })
      .getByText('Set up')
      .waitFor();
    await signing.getByRole('button', { name: 'Remove all second factors' }).click();
    await expectAccessible(page, 'removing the factors of a user');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove all second factors' }).click();
    await signing
      .getByRole('row', { name: /Authenticator app/ })
      .getByText('None')
      .waitFor();
    await signing.getByRole('button', { name: 'Demand a new password' }).click();
    await signing.getByText('must be changed at the next sign-in').waitFor();
    await signing.getByRole('button', { name: 'No longer demand' }).click();
    await signing.getByRole('button', { name: 'Demand a new password' }).waitFor();
    await signIn(ines.page);
  });

  it('chooses which mails to get', async () => {
    await ines.page.goto(at('/account'));
    const mails = ines.page.getByRole('region', { name: 'Mails', exact: true });
    const cells = mails.getByRole('switch', { name: 'I was taken into a Cell' });
    // Not setChecked: the switch turns when the answer is there.
    await cells.click();
    await eventually(
      () => call<{ cells: boolean; shares: boolean }>(ines.page, 'GET', '/me/mail'),
      (wishes) => !wishes.cells && wishes.shares,
      'the wish is kept',
    );
    await expectAccessible(ines.page, 'the wishes for mails');
    await shoot(ines.page, 'mails');
    await ines.page.reload();
    await mails.getByRole('switch', { name: 'I was taken into a Cell', checked: false }).waitFor();
    await mails.getByRole('switch', { name: 'Somebody shared something with me', checked: true }).waitFor();
  });

  it('acts as a user where that is allowed: a banner says so and leads back', async () => {
    const { page } = world;
    await page.reload();
    await page.getByRole('button', { name: 'Act as this person', disabled: true }).waitFor();
    await call(page, 'PUT', '/admin/settings/impersonation.enabled', { value: true });
    await page.reload();
    await page.getByRole('button', { name: 'Act as this person', disabled: false }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Act as this person' }).click();
    await page.getByRole('status').getByText('You act as Ines Islander').waitFor();
    await expectAccessible(page, 'acting as somebody');
    await shoot(page, 'acting');
    await page.getByRole('status').getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: /Ada Lovelace/ }).waitFor();
    await page.getByText('You act as').waitFor({ state: 'detached' });
  });

  it('fits on a phone, and says when there is no such user', async () => {
    const state = await world.page.context().storageState();
    const small = await visit(world.browser, { ...phone, storageState: state });
    await small.page.goto(at(`/admin/users/${id}`));
    await small.page
      .getByRole('region', { name: 'Sessions and devices' })
      .getByRole('listitem')
      .first()
      .waitFor();
    const wide = await small.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(wide, 0);
    await expectAccessible(small.page, 'a user on a phone');
    await shoot(small.page, 'phone');
    await small.page.goto(at('/admin/users/no-such-user'));
    await small.page.getByRole('heading', { name: 'There is no such user' }).waitFor();
    assert.deepEqual(small.faults, []);
    await small.close();
  });
}
