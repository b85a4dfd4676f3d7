/** Audit log, mail, settings and languages, as an administrator meets them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { expectAccessible, visit } from './browser.ts';
import type { World } from './world.ts';

const phone = { width: 390, height: 844 };
const shots = process.env.VOLVOX_TEST_SHOTS;
const desk = { width: 1280, height: 800 };

/** Expects somebody who administers to be signed in. */
export function records(world: World): void {
  const go = (path: string): Promise<unknown> => world.page.goto(new URL(path, world.server.url).href);
  const onBothSizes = async (what: string): Promise<void> => {
    for (const size of [desk, phone]) {
      await world.page.setViewportSize(size);
      await expectAccessible(world.page, `${what} at ${size.width} px`);
      const wide = await world.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${what} is ${wide} px too wide at ${size.width} px`);
    }
    await world.page.setViewportSize(desk);
  };

  it('changes a setting after showing what that changes, and takes the earlier value again', async () => {
    await go('/admin/settings');
    await world.page.getByRole('heading', { name: 'Trash' }).waitFor();
    await onBothSizes('the settings');
    const { page } = world;
    const change = async (value: string): Promise<void> => {
      await page.getByRole('button', { name: 'Edit trash.keepDays' }).click();
      await page.getByRole('dialog').getByRole('textbox', { name: 'Value' }).fill(value);
      await page.getByRole('button', { name: 'Check the change' }).click();
    };
    await change('12');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('You are about to change trash.keepDays').waitFor();
    assert.equal(await dialog.locator('del').innerText(), '30');
    assert.equal(await dialog.locator('ins').innerText(), '12');
    await expectAccessible(page, 'the difference');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'detached' });
    await change('99999999');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog
      .getByText(/<= 36500|0 to 36500/)
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    await change('14');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Edit trash.keepDays' }).click();
    await dialog
      .getByRole('region', { name: 'Earlier values' })
      .getByText('by Ada Lovelace')
      .first()
      .waitFor();
    await expectAccessible(page, 'the history of a setting');
    await dialog
      .getByRole('button', { name: /Take this value/ })
      .first()
      .click();
    assert.equal(await dialog.locator('ins').innerText(), '12');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page
      .getByRole('listitem')
      .filter({ hasText: 'trash.keepDays' })
      .getByText('12', { exact: true })
      .waitFor();
  });

  it('sets up the mail server, tries it, and shows what went wrong before', async () => {
    const received: string[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, _session, callback) {
        let text = '';
        stream.on('data', (part: Buffer) => (text += part.toString()));
        stream.on('end', () => {
          received.push(text);
          callback();
        });
      },
    });
    server.on('error', () => undefined);
    const net = server.listen(0, '127.0.0.1');
    await once(net, 'listening');
    try {
      const { page } = world;
      await go('/admin/mail');
      await page.getByText('not set up').waitFor();
      await onBothSizes('mail');
      await page.getByLabel('Server', { exact: true }).fill('127.0.0.1');
      await page.getByLabel('Port').fill('1');
      await page.getByRole('combobox', { name: 'Encryption' }).click();
      await page.getByRole('option', { name: 'None' }).click();
      await page.getByLabel('Sender').fill('files@example.org');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('set up', { exact: true }).waitFor();
      await page.getByRole('textbox', { name: 'Address' }).fill('ada@example.org');
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText(/did not take it: .*ECONNREFUSED/).waitFor();
      await page.getByLabel('Port').fill(String((net.address() as AddressInfo).port));
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Send a test message to be sure').last().waitFor();
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('The server took the message').waitFor();
      assert.match(received.join(), /Subject: Test message from Volvox/);
      await onBothSizes('mail that is set up');
      await page.getByRole('combobox', { name: 'Sign-in' }).click();
      await page.getByRole('option', { name: 'Name and password' }).click();
      await page.getByLabel('Name', { exact: true }).fill('volvox');
      await page.getByLabel('Password', { exact: true }).fill('pa55-w0rd');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Kept in the vault').waitFor();
      await page.getByLabel('Port').fill('2525');
      await page.getByText('told to no other server').waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('It was kept for another server').waitFor();
      await onBothSizes('mail whose password was for another server');
      if (shots !== undefined) await page.screenshot({ path: `${shots}/records-mail.png`, fullPage: true });
      await page.getByLabel('Server', { exact: true }).fill('');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('not set up').waitFor();
    } finally {
      await new Promise<void>((resolve) => server.close(resolve));
    }
  });

  it('finds in the audit log what was just done, proves the log, and exports it', async () => {
    const { page } = world;
    await go('/admin/audit');
    await page.getByRole('searchbox', { name: 'Find in the log' }).fill('trash.keepDays');
    await page.getByRole('row').filter({ hasText: 'setting.changed' }).first().waitFor();
    await onBothSizes('the audit log');
    await page
      .getByRole('button', { name: /show event/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('region', { name: 'After' }).getByText('"value": 12').waitFor();
    await expectAccessible(page, 'an event');
    await dialog.getByRole('button', { name: 'Only of this person' }).click();
    await page.getByText(/^Person:/).waitFor();
    await page.getByRole('button', { name: 'Prove it now' }).click();
    await page.getByText(/The log holds: \d+ events? proved/).waitFor();
    await go('/admin/audit');
    await page.getByRole('button', { name: 'Export' }).click();
    const waiting = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /As a signed copy/ }).click();
    const download = await waiting;
    assert.match(download.suggestedFilename(), /audit\.jsonl$/);
    assert.equal(await download.failure(), null);
  });

  it('speaks German and French, chosen before signing in', async () => {
    const { page, faults } = await visit(world.browser);
    await page.goto(world.server.url);
    const picker = (name: string) => page.getByRole('combobox', { name });
    await picker('Language').selectOption('de');
    await page.getByRole('button', { name: 'Anmelden', exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    await expectAccessible(page, 'log-in in German');
    await picker('Sprache').selectOption('fr');
    await page.getByRole('button', { name: 'Se connecter', exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'fr');
    await page.setViewportSize(phone);
    await expectAccessible(page, 'log-in in French on a phone');
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}
