/** Public links: what their owner sets, and the pages that visitors see on a desk and on a phone. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { eventually, expectAccessible, visit, type Visit } from './browser.ts';
import { pdfWithText, png } from './samples.ts';
import type { World } from './world.ts';

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};
const shots = process.env.VOLVOX_TEST_SHOTS;

async function shoot(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

interface Made {
  readonly id: string;
  readonly token: string;
}

export function links(world: Pick<World, 'server' | 'browser' | 'page'>): void {
  let folder = '';
  let request: Made;
  let guest: Visit;
  let handy: Visit;
  const address = ({ token }: Made): string => `${world.server.url}/s/${token}`;
  const make = (body: object) => call<Made>(world.page, 'POST', '/links', body);

  before(async () => {
    await world.page.goto(world.server.url);
    await world.page.getByRole('main').waitFor();
    const { items } = await call<{ items: { slug: string; rootId: string }[] }>(
      world.page,
      'GET',
      '/workspaces',
    );
    const root = items.find(({ slug }) => slug === 'personal')?.rootId ?? '';
    folder = (await call<{ id: string }>(world.page, 'POST', `/nodes/${root}/children`, { name: 'Holiday' }))
      .id;
    await upload(world.page, folder, 'beach.png', png());
    await upload(world.page, folder, 'tickets.pdf', pdfWithText('Boarding at seven'));
    await upload(world.page, folder, 'notes.txt', Buffer.from('Bring a hat.\n'));
    const inside = await call<{ id: string }>(world.page, 'POST', `/nodes/${folder}/children`, {
      name: 'Day one',
    });
    await upload(world.page, inside.id, 'lunch.txt', Buffer.from('Fish.\n'));
    guest = await visit(world.browser);
    handy = await visit(world.browser, phone);
  });
  after(async () => {
    await guest?.close();
    await handy?.close();
  });

  it('asks a visitor for terms and password, and says when it is wrong', async () => {
    const link = await make({
      roots: [folder],
      label: 'Our holiday',
      layout: 'gallery',
      description: 'All the pictures. Take what you like!',
      password: 'sun',
      disclaimer: 'For the family only.',
    });
    for (const [{ page }, size] of [
      [guest, 'desk'],
      [handy, 'phone'],
    ] as const) {
      await page.goto(address(link));
      await page.getByText('For the family only.').waitFor();
      await expectAccessible(page, `the door of a link on a ${size}`);
      await shoot(page, `gate-${size}`);
      await page.getByLabel('I accept these terms').check();
      await page.getByLabel('Password', { exact: true }).fill('rain');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText('not right').waitFor();
      await page.getByLabel('Password', { exact: true }).fill('sun');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Our holiday' }).waitFor();
      await page.getByRole('button', { name: /^beach\.png/ }).waitFor();
      await eventually(
        () =>
          page
            .locator('img')
            .evaluateAll((all) => all.every((img) => (img as HTMLImageElement).naturalWidth > 0)),
        (shown) => shown,
        'the small picture is there',
      );
      await expectAccessible(page, `a gallery on a ${size}`);
      await shoot(page, `gallery-${size}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `nothing sticks out on a ${size}: ${wide}`);
    }
  });

  it('goes into folders, looks, finds and downloads, by the keyboard alone', async () => {
    const { page } = guest;
    await page.getByRole('button', { name: /^Day one/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^lunch\.txt/ }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /^notes\.txt/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Bring a hat.').waitFor();
    await expectAccessible(page, 'a preview on a public page');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('dialog').getByText('Boarding at seven').waitFor();
    await shoot(page, 'preview-desk');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('lunch');
    await page.getByRole('button', { name: /^lunch\.txt/ }).waitFor();
    await page.getByRole('searchbox').fill('');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download all' }).focus();
    await page.keyboard.press('Enter');
    assert.equal((await download).suggestedFilename(), 'Our holiday.zip');
  });

  it('shows a single file large', async () => {
    const { items } = await call<{ items: { id: string; name: string }[] }>(
      world.page,
      'GET',
      `/nodes/${folder}/children`,
    );
    const image = items.find(({ name }) => name === 'beach.png')?.id ?? '';
    const link = await make({ roots: [image], permissions: ['preview'], watermark: true });
    const { page } = handy;
    await page.goto(address(link));
    await page.getByRole('img', { name: 'beach.png' }).waitFor();
    await expectAccessible(page, 'a single file on a phone');
    await shoot(page, 'single-phone');
    assert.equal(await page.getByRole('link', { name: 'Download' }).count(), 0, 'it is for looking only');
  });

  it('takes what was asked for, and hands out a receipt', async () => {
    request = await make({
      kind: 'request',
      roots: [folder],
      label: 'Your pictures',
      description: 'Everything from Sunday, please.',
      askName: 'required',
      subfolders: true,
    });
    const { page } = handy;
    await page.goto(address(request));
    await page.getByLabel('Your name').fill('Bo');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Everything from Sunday').waitFor();
    await expectAccessible(page, 'a file request');
    await shoot(page, 'request-phone');
    const files = [
      { name: 'sunday.txt', mimeType: 'text/plain', buffer: Buffer.from('sunny') },
      { name: 'monday.txt', mimeType: 'text/plain', buffer: Buffer.from('rainy') },
    ];
    await page.locator('input[type=file]').setInputFiles(files);
    await page.getByText('2 files arrived. Thank you!').waitFor();
    await page.getByRole('region', { name: 'Your receipt' }).getByText('monday.txt').waitFor();
    await expectAccessible(page, 'a receipt');
    await shoot(page, 'receipt-phone');
    assert.equal(await page.getByText('beach.png').count(), 0, 'and shows nothing of what is there');
  });

  it('says of a file in the receipt when its fingerprint comes later, and when there is none', async () => {
    const { page } = handy;
    await page.route('**/receipt', async (route) => {
      const answer = await route.fetch();
      const { items, ...rest } = (await answer.json()) as { items: { name: string }[] };
      const without = (item: { name: string }) => ({
        ...item,
        sha256: null,
        pending: item.name === 'sunday.txt',
      });
      await route.fulfill({ response: answer, json: { ...rest, items: items.map(without) } });
    });
    await page.reload();
    const brought = page.getByRole('region', { name: 'Your receipt' }).getByRole('listitem');
    const none = page.getByText('No fingerprint was recorded for this file.');
    await brought.filter({ hasText: 'monday.txt' }).filter({ has: none }).waitFor();
    await brought.filter({ hasText: 'sunday.txt' }).waitFor();
    assert.equal(await none.count(), 1, 'what is still computed is not called missing');
    await expectAccessible(page, 'a receipt without fingerprints');
    await shoot(page, 'receipt-missing-phone');
    await page.unroute('**/receipt');
  });

  it('shows the receipt after the deadline to whoever brought something, and to nobody else', async () => {
    await call(world.page, 'PATCH', `/links/${request.id}`, { expiresAt: Date.now() - 1000 });
    await handy.page.reload();
    await handy.page.getByRole('heading', { name: 'This link has ended' }).waitFor();
    await handy.page.getByRole('region', { name: 'Your receipt' }).getByText('monday.txt').waitFor();
    await expectAccessible(handy.page, 'a receipt after the deadline');
    await shoot(handy.page, 'receipt-after-phone');
    const asked = guest.page.waitForResponse((answer) => answer.url().endsWith('/receipt'));
    await guest.page.goto(address(request));
    assert.equal((await asked).status(), 410);
    await guest.page.getByRole('heading', { name: 'This link has ended' }).waitFor();
    assert.equal(await guest.page.getByRole('region', { name: 'Your receipt' }).count(), 0);
  });

  it('tells nothing of a link that is none', async () => {
    await guest.page.goto(`${world.server.url}/s/nothing-here`);
    await guest.page.getByRole('heading', { name: 'does not lead anywhere' }).waitFor();
    await expectAccessible(guest.page, 'a link that is none');
  });

  it('lists links, sets them and takes them back', async () => {
    const { page } = world;
    await page.goto(`${world.server.url}/links`);
    await page.getByText('Our holiday').waitFor();
    await expectAccessible(page, 'own links');
    await shoot(page, 'links-desk');
    await page.getByRole('button', { name: 'Settings of “Our holiday”' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Our long holiday');
    await dialog.getByLabel('Downloads at most').fill('5');
    await page.getByRole('dialog').getByRole('combobox', { name: 'Visitors may' }).click();
    await page.getByRole('option', { name: 'look only' }).click();
    await page.getByText('whoever sees them can keep them').waitFor();
    await shoot(page, 'settings-look-only');
    await page.getByRole('dialog').getByRole('combobox', { name: 'Visitors may' }).click();
    await page.getByRole('option', { name: 'look and download' }).click();
    await page.getByText('whoever sees them can keep them').waitFor({ state: 'detached' });
    await expectAccessible(page, 'the settings of a link');
    await shoot(page, 'settings-desk');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The link was saved').waitFor();
    await dialog.getByRole('button', { name: 'QR code' }).click();
    await page.getByRole('img', { name: /QR code of the link/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('img', { name: /QR code of the link/ }).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Save' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('1 of 5 downloads').first().waitFor();
    const box = page.getByRole('checkbox', { name: 'Select “Our long holiday”' });
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).check();
    assert.equal(await box.isChecked(), true);
    await page.getByRole('checkbox', { name: /selected/ }).uncheck();
    const find = page.getByRole('searchbox', { name: 'Find a link by name or address' });
    await find.fill('no link is called so');
    await page.getByText('No such links').waitFor();
    await find.fill('LONG hol');
    await box.waitFor();
    await page.reload();
    assert.equal(await find.inputValue(), 'LONG hol', 'a view can be kept and passed on');
    await box.check();
    assert.equal(
      await page
        .getByRole('listitem')
        .filter({ has: page.getByRole('checkbox') })
        .count(),
      1,
    );
    await expectAccessible(page, 'the list of links');
    await shoot(page, 'list-desk');
    await page.getByRole('button', { name: 'Revoke' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('1 link revoked').waitFor();
    await page.goto(`${world.server.url}/admin/links`);
    await page
      .getByText(/by Ada/)
      .first()
      .waitFor();
    await expectAccessible(page, 'the links of everybody');
  });

  it('shows the links of one person from the page of that person', async () => {
    const { page } = world;
    const { user } = await call<{ user: { id: string } }>(page, 'GET', '/session');
    await page.goto(`${world.server.url}/admin/users/${user.id}`);
    await page.getByRole('link', { name: 'See the links' }).click();
    await page.getByRole('button', { name: 'All owners' }).waitFor();
    await page.getByRole('list', { name: 'Public links' }).getByText('by Ada').first().waitFor();
    await expectAccessible(page, 'the links of one person');
    await shoot(page, 'links-of-one');
    const nobody = user.id.replace(/.{4}$/, '0000');
    await page.goto(`${world.server.url}/admin/links?owner=${nobody}`);
    await page.getByText('No such links').waitFor();
    await page.getByRole('button', { name: 'All owners' }).click();
    await page.getByRole('list', { name: 'Public links' }).getByText('by Ada').first().waitFor();
    assert.equal(new URL(page.url()).search, '');
  });

  it('had no exception and no refusal on the public pages', () => {
    assert.deepEqual([...guest.faults, ...handy.faults], []);
  });
}

/** As the page that is signed in. */
function call<T>(page: Page, method: string, path: string, body?: object): Promise<T> {
  return page.evaluate(
    async ([verb, where, text]) => {
      const { csrfToken } = await (await fetch('/api/v1/session')).json();
      const answer = await fetch(`/api/v1${where}`, {
        method: verb,
        headers: {
          'x-csrf-token': csrfToken,
          ...(text === null ? {} : { 'content-type': 'application/json' }),
        },
        body: text,
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [method, path, body === undefined ? null : JSON.stringify(body)] as const,
  );
}

function upload(page: Page, parent: string, name: string, bytes: Uint8Array): Promise<void> {
  return page.evaluate(
    async ([id, file, base64]) => {
      const { csrfToken } = await (await fetch('/api/v1/session')).json();
      const body = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
      const headers = { 'x-csrf-token': csrfToken, 'content-type': 'application/octet-stream' };
      const where = `/api/v1/nodes/${id}/children/${encodeURIComponent(file)}/content`;
      const answer = await fetch(where, { method: 'PUT', headers, body });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    [parent, name, Buffer.from(bytes).toString('base64')] as const,
  );
}
