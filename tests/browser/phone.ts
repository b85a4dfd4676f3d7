/** The dialogs of sharing on a phone: nothing is wider than its place, everything can be reached and is large enough to be tapped; in light and dark. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { createClient } from '@volvox/client';
import type { Locator } from 'playwright-core';
import { expectAccessible, expectFits, visit, type Visit } from './browser.ts';
import { password, type World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const shots = process.env.VOLVOX_TEST_SHOTS;
/** Long enough to stick out wherever they are neither wrapped nor cut. */
const longName = 'Wilhelmina Featherstonehaugh-Cholmondeley of the Northern Archives';
const longWord = 'Correspondence-of-the-Northern-Archives-1871-to-1914';

/** Signed in as the administrator `ada`. */
export function phoneDialogs(world: World): void {
  let handy: Visit;
  let folder = '';
  let cell = '';
  const dialog = (): Locator => handy.page.getByRole('dialog').last();
  const go = (path: string) => handy.page.goto(new URL(path, world.server.url).href);

  async function expectGood(root: Locator, what: string): Promise<void> {
    const { page } = handy;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page, `${what} on a phone, ${colorScheme}`);
      if (shots !== undefined)
        await page.screenshot({ path: `${shots}/phone-${what.replaceAll(' ', '-')}-${colorScheme}.png` });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await expectFits(page, what);
    assert.deepEqual(await root.evaluate(sticksOut), [], `sticks out of ${what}`);
    assert.deepEqual(await root.evaluate(tooSmall), [], `too small to be tapped in ${what}`);
    assert.deepEqual(await root.evaluate(outOfReach), [], `out of reach in ${what}`);
  }

  /** A list that a field has unfolded: on the screen as it is, without scrolling. */
  async function pick(option: string | RegExp, what: string): Promise<void> {
    const { page } = handy;
    const wanted = page.getByRole('option', { name: option }).first();
    await wanted.waitFor();
    if (shots !== undefined)
      await page.screenshot({ path: `${shots}/phone-${what.replaceAll(' ', '-')}.png` });
    await expectFits(page, what);
    assert.deepEqual(await page.getByRole('listbox').evaluate(sticksOut), [], `sticks out of ${what}`);
    const { y, height } = (await page.getByRole('listbox').boundingBox()) ?? { y: -1, height: 0 };
    assert.ok(y >= 0 && y + height <= phone.viewport.height, `${what}: ${height} px from ${y}`);
    // Beside the landmarks: what a field unfolds belongs to the field.
    await expectAccessible(page, `${what} on a phone`, ['region']);
    await wanted.tap();
    await wanted.waitFor({ state: 'hidden' });
  }

  before(async () => {
    const admin = createClient({
      baseUrl: world.server.url,
      auth: { kind: 'basic', login: 'ada', secret: password },
    });
    const login = 'wilhelmina.featherstonehaugh-cholmondeley';
    await admin.call('createUser', { body: { login, displayName: longName, password } });
    const roleId = (await admin.call('searchPeople', { query: { q: 'wilhelmina' } })).items[0]?.roleId ?? '';
    const personal = await admin.call('lookupNode', { query: { path: '/personal' } });
    const made = await admin.call('createFolder', { params: { id: personal.id }, body: { name: longWord } });
    folder = made.id;
    await admin.call('createLink', { body: { roots: [folder], label: longWord, password: 'archives' } });
    const body = { name: longWord, description: longName, color: 'green', endsAt: null, nodeIds: [folder] };
    cell = (await admin.call('createCell', { body })).id;
    await admin.call('setCellMember', { params: { id: cell, role: roleId }, body: { role: 'editor' } });
    const storageState = await world.page.context().storageState();
    handy = await visit(world.browser, { ...phone, storageState });
  });
  after(() => handy?.close());

  it('shares with a person who is chosen by a tap, with a role, a day and a message', async () => {
    await go(`/files/${folder}`);
    await handy.page.getByRole('button', { name: 'Share', exact: true }).tap();
    await dialog().getByLabel('Share with').fill('wilh');
    await pick(longName, 'the people that are offered');
    await dialog().getByRole('combobox', { name: 'Role', exact: true }).tap();
    await pick('Editor', 'the roles of a share');
    await dialog().getByLabel('Until').fill('2031-02-01');
    await dialog().getByLabel('Message').fill(longWord);
    await expectGood(dialog(), 'the share dialog');
    await dialog().getByRole('button', { name: 'Share', exact: true }).tap();
    await dialog().getByRole('list', { name: 'Shared here' }).getByText(longName).waitFor();
    await expectGood(dialog(), 'the share dialog with a share');
  });

  it('sets a link up, with everything that can be set', async () => {
    await go(`/files/${folder}`);
    await handy.page.getByRole('button', { name: 'Share', exact: true }).tap();
    await dialog().getByRole('tab', { name: 'Links' }).tap();
    const card = dialog().getByRole('group', { name: longWord });
    await card.getByRole('button', { name: 'Settings' }).tap();
    await card.getByRole('button', { name: 'Make one up' }).waitFor();
    await expectGood(dialog(), 'the settings of a link');
    await card.getByRole('combobox', { name: 'Visitors may' }).tap();
    await pick('download and upload', 'what visitors may');
    await card.getByRole('button', { name: 'Save' }).tap();
    await handy.page.getByText('The link was saved').waitFor();
  });

  it('makes a Cell and sees to its members', async () => {
    const { page } = handy;
    await go('/cells');
    await page.getByRole('button', { name: 'New Cell' }).tap();
    await dialog().getByLabel('Name').waitFor();
    await expectGood(dialog(), 'a new Cell');
    await go(`/cells/${cell}`);
    const main = page.getByRole('main');
    await main.getByRole('list', { name: 'Members' }).getByText(longName).waitFor();
    await expectGood(main, 'the page of a Cell');
    await main.getByRole('textbox', { name: 'Add', exact: true }).fill('every');
    await pick('everyone', 'the people that a Cell is offered');
    await main.getByRole('list', { name: 'Members' }).getByText('everyone').waitFor();
    assert.deepEqual(handy.faults, []);
  });
}

/** Runs in the page: what is wider than its place or the screen. Fields scroll their text, a strip its chips, a switch its knob, and what ends in an ellipsis is meant to. */
function sticksOut(root: Element): string[] {
  // Not innerWidth: a page that is too wide makes it wider.
  const screen = window.screen.width;
  return [root, ...root.querySelectorAll('*')].flatMap((one) => {
    if (!(one instanceof HTMLElement) || !one.checkVisibility({ visibilityProperty: true })) return [];
    const { left, right, width, height } = one.getBoundingClientRect();
    if (width <= 1 || height <= 1 || one.closest('nav')) return [];
    const called = `<${one.tagName.toLowerCase()} class="${one.className}"> ${one.innerText.slice(0, 40)}`;
    const cut = (part: Element | null): boolean =>
      part !== null && (getComputedStyle(part).textOverflow === 'ellipsis' || cut(part.parentElement));
    if (one.matches('input, textarea, .mantine-Switch-track') || cut(one)) return [];
    return [
      ...(left < -0.5 || right > screen + 0.5 ? [`${called}: from ${left} to ${right} px`] : []),
      ...(one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1
        ? [`${called}: ${one.scrollWidth} px in ${one.clientWidth}`]
        : []),
    ];
  });
}

/** Runs in the page: targets below 24 × 24 px. A box or switch counts with its label; a link in a text may be as high as its line. */
function tooSmall(root: Element): string[] {
  const wanted = 'a[href], button, input, textarea, [role=option], [role=tab]';
  return [...root.querySelectorAll<HTMLElement>(wanted)].flatMap((one) => {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.matches(':disabled')) return [];
    if (one.matches('a') && getComputedStyle(one).display === 'inline') return [];
    const parts = [one, ...(one instanceof HTMLInputElement ? (one.labels ?? []) : [])];
    const sizes = parts.map((part) => part.getBoundingClientRect());
    if (sizes.some(({ width, height }) => Math.min(width, height) >= 23.9)) return [];
    const called = one.getAttribute('aria-label') ?? (one.innerText || one.outerHTML.slice(0, 160));
    return sizes.slice(0, 1).map(({ width, height }) => `${called}: ${width} × ${height} px`);
  });
}

/** Runs in the page: controls that are not on the screen, or covered by something, even after scrolling to them. */
function outOfReach(root: Element): string[] {
  const wanted = 'a[href], button, input, textarea, [role=tab]';
  return [...root.querySelectorAll<HTMLElement>(wanted)].flatMap((one) => {
    const shown = one instanceof HTMLInputElement ? [...(one.labels ?? []), one] : [one];
    const there = shown.filter((part) => part.checkVisibility({ visibilityProperty: true }));
    if (there.length === 0) return [];
    const reached = there.some((part) => {
      part.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
      const { x, y, width, height } = part.getBoundingClientRect();
      const top = document.elementFromPoint(x + width / 2, y + height / 2);
      return top !== null && (part.contains(top) || top.contains(part));
    });
    return reached ? [] : [one.getAttribute('aria-label') ?? (one.innerText || one.outerHTML.slice(0, 160))];
  });
}
