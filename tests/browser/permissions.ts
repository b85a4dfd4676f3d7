/** The web application on a real server: who may do what, why, what a rule would change; and the security policies of administrators. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createClient, type Client } from '@volvox/client';
import type { Locator, Page } from 'playwright-core';
import { expectAccessible, visit } from './browser.ts';
import { password, type World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

async function choose(page: Page, inside: Locator, label: string, text: string): Promise<void> {
  await inside.getByRole('combobox', { name: label }).fill(text);
  await page.getByRole('option', { name: new RegExp(text) }).click();
}

async function expectFits(page: Page, what: string): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${what} is ${over} pixels too wide`);
}

/** Searching people finds no roles that administrators assign; the dialog offers them all the same. */
async function bindsToRole(page: Page, card: Locator): Promise<void> {
  await card.getByRole('button', { name: 'Bind' }).click();
  const bind = page.getByRole('dialog', { name: /Bind/ });
  await bind.getByRole('combobox', { name: 'For whom?' }).fill('audit');
  await page.getByRole('option', { name: 'Auditors (Role)' }).click();
  await expectAccessible(page, 'a policy that is bound to a role');
  await bind.getByRole('button', { name: 'Bind' }).click();
  await card.getByText('Auditors at /common').waitFor();
}

export function permissions(world: World): void {
  const inspector = (): Locator => world.page.getByRole('complementary', { name: 'Details' });
  const admin = (): Client =>
    createClient({ baseUrl: world.server.url, auth: { kind: 'basic', login: 'ada', secret: password } });

  it('shows the rules of a folder, and what somebody may do there', async () => {
    for (const [login, displayName] of [
      ['bertha', 'Bertha Benz'],
      ['carl', 'Carl Benz'],
    ] as const)
      await admin().call('createUser', { body: { login, displayName, password } });
    await world.goHome();
    await world.enterNewFolder('Plans');
    await world.goHome();
    await world.menu('Plans', 'Details');
    await inspector().getByRole('tab', { name: 'Permissions' }).click();
    await inspector().getByText('No rule is set here').waitFor();
    await inspector()
      .getByRole('heading', { name: /^From / })
      .waitFor();
    await choose(world.page, inspector(), 'What may this person do here?', 'Bertha');
    await inspector().getByText('Bertha Benz may do nothing here').waitFor();
    await expectAccessible(world.page, 'permissions');
  });

  it('tells whose rights a new rule would change, sets it, and explains it', async () => {
    const { page } = world;
    await inspector().getByRole('button', { name: 'Add a rule' }).click();
    const dialog = page.getByRole('dialog', { name: /New rule/ });
    await choose(page, dialog, 'For whom?', 'Bertha');
    await dialog.getByText('gains: read', { exact: true }).waitFor();
    const change = dialog.getByRole('radiogroup', { name: /^Change/ });
    await change.getByText('Allow', { exact: true }).click();
    await dialog.getByText('gains: read, change', { exact: true }).waitFor();
    await dialog.getByText('The rights of 1 person would change:').waitFor();
    await expectAccessible(page, 'a new rule');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const rules = inspector().getByRole('list', { name: 'Rules here' });
    await rules.getByText('allowed: read, change').waitFor();
    await inspector().getByText('Bertha Benz may: read, change').waitFor();
    await inspector().getByRole('list', { name: 'Why' }).getByText('allows: read, change').waitFor();
  });

  it('changes a rule by the keyboard alone, shows its history, and removes it after asking', async () => {
    const { page } = world;
    await inspector()
      .getByRole('button', { name: /Change the rule for/ })
      .focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: /^Rule for/ });
    await dialog
      .getByRole('radiogroup', { name: /^Change/ })
      .getByRole('radio', { name: 'Allow' })
      .focus();
    await page.keyboard.press('ArrowRight');
    await dialog.getByText('loses: change', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Save' }).focus();
    await page.keyboard.press('Enter');
    await inspector().getByText('Bertha Benz may: read', { exact: true }).waitFor();
    await inspector().getByRole('button', { name: 'Show the history' }).click();
    const history = inspector().getByRole('list', { name: 'History' });
    await history.getByText('allowed: read, change → allowed: read; denied: change').waitFor();
    await expectAccessible(page, 'the history of rules');
    await inspector()
      .getByRole('button', { name: /Remove the rule for/ })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await inspector().getByText('No rule is set here').waitFor();
    await inspector().getByText('Bertha Benz may do nothing here').waitFor();
    await inspector().getByRole('button', { name: 'Close' }).first().click();
  });

  it('lists the rules anywhere in a workspace at its root', async () => {
    const { page } = world;
    const { items } = await admin().call('listWorkspaces');
    const home = items.find(({ kind }) => kind === 'personal');
    const plans = await admin().call('lookupNode', { query: { path: '/personal/Plans' } });
    const roleId = (await admin().call('searchPeople', { query: { q: 'bertha' } })).items[0]?.roleId ?? '';
    const params = { id: plans.id, role: roleId };
    await admin().call('setRule', { params, body: { allow: ['read'], deny: [] } });
    await page.goto(`${world.server.url}/files/${home?.rootId ?? ''}`);
    await page.getByRole('main').getByRole('button', { name: 'Details' }).click();
    await inspector().getByRole('tab', { name: 'Permissions' }).click();
    await inspector().getByRole('button', { name: 'Show all rules below' }).click();
    await inspector().getByRole('list', { name: '/personal/Plans' }).getByText('allowed: read').waitFor();
    await expectAccessible(page, 'all rules of a workspace');
    await admin().call('setRule', { params, body: { allow: [], deny: [] } });
  });

  it('makes a policy, binds it, and tries out what it does', async () => {
    const { page } = world;
    await admin().call('createRole', { body: { label: 'Auditors' } });
    await page.goto(`${world.server.url}/admin/policies`);
    await page.getByText('No policies yet').waitFor();
    await expectAccessible(page, 'no policies');
    await page.getByRole('button', { name: 'New policy' }).click();
    const dialog = page.getByRole('dialog', { name: 'New policy' });
    await dialog.getByLabel('Name', { exact: true }).fill('Office only');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('Say at least one condition.').waitFor();
    await dialog.getByLabel('Networks').fill('10.0.0.0/33');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('is no address and no range').waitFor();
    await dialog.getByLabel('Networks').fill('10.0.0.0/8');
    await dialog.getByRole('button', { name: 'Times' }).click();
    await expectAccessible(page, 'a new policy');
    await dialog
      .getByRole('group', { name: 'Days' })
      .locator('..')
      .getByRole('button', { name: 'Delete' })
      .click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    const card = page.getByRole('region', { name: 'Office only' });
    await card.getByText('Takes away change, unless from 10.0.0.0/8').waitFor();
    await card.getByRole('button', { name: 'Bind' }).click();
    const bind = page.getByRole('dialog', { name: /Bind/ });
    await choose(page, bind, 'For whom?', 'Carl');
    await bind.getByLabel('Where').fill('/nowhere');
    await bind.getByRole('button', { name: 'Bind' }).click();
    await bind.getByRole('alert').getByText('Nothing is at this path').waitFor();
    await bind.getByLabel('Where').fill('/common');
    await bind.getByRole('button', { name: 'Bind' }).click();
    await card.getByText('at /common').waitFor();
    await bindsToRole(page, card);

    const test = page.getByRole('region', { name: 'Try out' });
    await choose(page, test, 'Who', 'Carl');
    await test.getByLabel('Address').fill('192.0.2.1');
    await test.getByRole('button', { name: 'Try' }).click();
    await test.getByText('Carl Benz may: read', { exact: true }).waitFor();
    await test.getByText('Policy “Office only”').waitFor();
    await expectAccessible(page, 'a policy that was tried out');
    await test.getByLabel('Address').fill('10.9.8.7');
    await test.getByRole('button', { name: 'Try' }).click();
    await test.getByText('Carl Benz may: read, change', { exact: true }).waitFor();
  });

  it('fits on a phone, and speaks German and French', async () => {
    const storageState = await world.page.context().storageState();
    const small = await visit(world.browser, { ...phone, storageState });
    await small.page.goto(`${world.server.url}/admin/policies`);
    await small.page.getByText('Takes away change').waitFor();
    await expectFits(small.page, 'the page of policies');
    await small.page.getByRole('button', { name: 'Change “Office only”' }).click();
    await small.page.getByRole('dialog').getByRole('button', { name: 'Times' }).click();
    await expectFits(small.page, 'a policy');
    await expectAccessible(small.page, 'a policy on a phone');
    await small.close();
    for (const [locale, title] of [
      ['de-DE', 'Sicherheitsrichtlinien'],
      ['fr-FR', 'Politiques de sécurité'],
    ] as const) {
      const abroad = await visit(world.browser, { locale, storageState });
      await abroad.page.goto(`${world.server.url}/admin/policies`);
      await abroad.page.getByRole('heading', { level: 1, name: title }).waitFor();
      await abroad.close();
    }
  });

  it('removes a policy after asking', async () => {
    await world.page.getByRole('button', { name: 'Delete “Office only”' }).click();
    await world.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await world.page.getByText('No policies yet').waitFor();
  });
}
