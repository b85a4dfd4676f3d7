/** A headless Chromium with a fresh profile, and the hands and eyes the tests need beyond Playwright's. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

export const executable = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(executable);

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: flags });
}

export interface Visit {
  readonly page: Page;
  /** Faults of the page so far: exceptions, CSP refusals, failed scripts. */
  readonly faults: string[];
  close(): Promise<void>;
}

export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text());
  });
  return { page, faults, close: () => context.close() };
}

/** Files and folders of this machine, dropped by the browser itself, so that directory entries are real. */
export async function dropFromOutside(page: Page, target: Locator, paths: readonly string[]): Promise<void> {
  const box = await target.boundingBox();
  assert.ok(box, 'the drop target is not in sight');
  const session = await page.context().newCDPSession(page);
  // Near the top, above any list: a drop on a folder's row goes into that folder.
  const at = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 20) };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}

/** Nothing is fading in or out: half transparent, texts have half their contrast. What turns for ever does not count. */
async function atRest(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        ({ playState, effect }) =>
          playState !== 'running' || effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY,
      ),
  );
}

/** No violation of the WCAG rules and best practices that axe knows, but for those named in `except`. */
export async function expectAccessible(page: Page, what: string, except: string[] = []): Promise<void> {
  // Each page has one; where it is missing, axe says so.
  await page
    .locator('h1')
    .first()
    .waitFor({ state: 'attached', timeout: 10_000 })
    .catch(() => undefined);
  await atRest(page);
  const { violations } = await new AxeBuilder({ page }).disableRules(except).analyze();
  const told = violations.map(
    (v) => `${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 200)} ${n.failureSummary ?? ''}`).join('\n  ')}`,
  );
  assert.deepEqual(told, [], `axe on ${what}`);
}

/** Nothing makes the page wider than the screen. */
export async function expectFits(page: Page, what: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${what} is ${wide} px too wide`);
}

export { untilIs as eventually } from '../../packages/server/src/testing/expectations.ts';
