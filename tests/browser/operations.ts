/** What those see who keep a server running: nodes, stores, duties and logs; every page of administration on a phone. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { expectAccessible, expectFits, visit, type Visit } from './browser.ts';
import { call } from './requests.ts';
import type { World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const shots = process.env.VOLVOX_TEST_SHOTS;
const kinds = ['config', 'vault', 'registry', 'broker', 'cache', 'sql', 'documents', 'blobs'];
const pages = [
  ...['users', 'groups', 'roles', 'workspaces', 'links', 'policies', 'connectors', 'apps', 'mail'],
  ...['audit', 'logs', 'settings', 'status'],
];

/** Expects somebody who administers to be signed in. */
export function operations(world: World): void {
  const at = (path: string): string => new URL(path, world.server.url).href;
  let handy: Visit;

  before(async () => {
    const storageState = await world.page.context().storageState();
    handy = await visit(world.browser, { ...phone, storageState });
  });
  after(() => handy.close());

  const shoot = async (page: Page, name: string): Promise<void> => {
    if (shots !== undefined) await page.screenshot({ path: `${shots}/operations-${name}.png` });
  };
  const card = (name: string) => world.page.getByRole('region', { name, exact: true });

  it('shows the node, every store with its driver and health, followers and duties; runs a duty and keeps its history', async () => {
    const { page } = world;
    await page.goto(at('/admin/status'));
    await card('Nodes').getByText('ready').waitFor();
    await card('Nodes').getByText('all reached').waitFor();
    const told = await call<{ stores: { kind: string; driver: string }[] }>(page, 'GET', '/admin/status');
    assert.deepEqual(told.stores.map(({ kind }) => kind).toSorted(), kinds.toSorted());
    for (const { kind, driver } of told.stores) {
      const row = card('Stores')
        .getByRole('row')
        .filter({ hasText: `${kind} · ${driver}` });
      assert.equal(await row.getByText('ok', { exact: true }).count(), 1, kind);
    }
    const search = card('Followers').getByRole('row').filter({ hasText: 'search' });
    await search.getByText('ok', { exact: true }).waitFor();
    const name = 'contents.collect';
    const duty = card('Duties').getByRole('row').filter({ hasText: name });
    await duty.getByRole('button', { name: 'Run now' }).click();
    await page.getByText(`${name} has run.`).waitFor();
    await duty.getByText('this minute').waitFor();
    await expectAccessible(page, 'the status');
    await expectFits(page, 'the status');
    await shoot(page, 'status');
  });

  it('searches the log by word, level and request', async () => {
    const { page } = world;
    await page.goto(at('/admin/logs'));
    const entries = page.getByRole('main').getByRole('listitem');
    const sought = page.getByRole('searchbox', { name: 'Find in the log' });
    await sought.fill('no such word anywhere');
    await page.getByText('No entries').waitFor();
    await sought.fill('ready');
    const ready = entries.filter({ hasText: /ready/ }).first();
    await ready.locator('summary').click();
    await ready.getByText('"stages"').waitFor();
    await page.getByRole('combobox', { name: 'Level' }).click();
    await page.getByRole('option', { name: 'error' }).click();
    await page.getByText('No entries').waitFor();
    await page.getByRole('main').getByLabel('Clear selection').click();
    await ready.waitFor();
    await expectAccessible(page, 'the logs');
    await expectFits(page, 'the logs');
    await shoot(page, 'logs');
  });

  for (const name of pages)
    it(`shows ${name} on a phone`, async () => {
      const { page } = handy;
      await page.goto(at(`/admin/${name}`));
      await page.getByRole('heading', { level: 1 }).waitFor();
      // Placeholders give way to what was asked for.
      await page.waitForFunction(() => document.querySelector('main .mantine-Skeleton-root') === null);
      await expectFits(page, `${name} on a phone`);
      await expectAccessible(page, `${name} on a phone`);
      await shoot(page, `phone-${name}`);
    });

  it('had no fault on the phone', () => assert.deepEqual(handy.faults, []));
}
