/** Signing in with a second step, by passkey and by recovery code; what must be done first; one's own factors. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { eventually, expectAccessible, visit, type Visit } from './browser.ts';
import { call, codeOf } from './requests.ts';
import { png } from './samples.ts';
import { password as adminPassword, type World } from './world.ts';

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};
const shots = process.env.VOLVOX_TEST_SHOTS;
const password = 'a quiet lighthouse';

async function shoot(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/signin-${name}.png`, fullPage: true });
}

export function signIn(world: Pick<World, 'server' | 'browser'>): void {
  // Browsers know passkeys for names only, not for addresses.
  const home = (): string => world.server.url.replace('127.0.0.1', 'localhost');
  const ids = new Map<string, string>();
  const opened: Visit[] = [];
  let admin: Page;
  let page: Page;
  let secret = '';
  let recovery: string[] = [];

  const open = async (options?: BrowserContextOptions): Promise<Page> => {
    const at = await visit(world.browser, options);
    opened.push(at);
    await at.page.goto(home());
    return at.page;
  };
  const giveLogin = async (on: Page, login: string, secretWord: string): Promise<void> => {
    await on.getByLabel('Login').fill(login);
    await on.getByLabel('Password', { exact: true }).fill(secretWord);
    await on.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  const person = async (login: string): Promise<void> => {
    const made = await call<{ id: string }>(admin, 'POST', '/users', { login, password });
    ids.set(login, made.id);
  };
  const inside = (on: Page) => on.getByText('Nothing here yet').waitFor();
  const signOut = async (on: Page): Promise<void> => {
    await on.goto(`${home()}/account`);
    await on.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).first().click();
    await on.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await on.goto(home());
  };

  before(async () => {
    admin = await open();
    await giveLogin(admin, 'ada', adminPassword);
    await admin.getByRole('button', { name: /Ada Lovelace/ }).waitFor();
    for (const login of ['mona', 'nora', 'olga', 'pia']) await person(login);
    page = await open();
  });
  after(async () => {
    for (const at of opened) {
      assert.deepEqual(at.faults, []);
      await at.close();
    }
  });

  it('sets up an authenticator app by its QR code, and puts recovery codes away', async () => {
    await giveLogin(page, 'mona', password);
    await inside(page);
    await page.goto(`${home()}/account`);
    const card = page.getByRole('region', { name: 'Two-step sign-in' });
    await card.getByText('Off', { exact: true }).waitFor();
    await expectAccessible(page, 'my account');
    await shoot(page, 'account');
    await card.getByRole('button', { name: 'Set up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: 'QR code for your authenticator app' }).waitFor();
    secret = (await dialog.getByLabel('Or type this key into the app').inputValue()).replaceAll(' ', '');
    await expectAccessible(page, 'setting up an app');
    await shoot(page, 'totp');
    await dialog.getByLabel('Code from the app').fill('000000');
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByText('This code is not right').waitFor();
    await dialog.getByLabel('Code from the app').fill(codeOf(secret, 0));
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByText('shown this one time only').waitFor();
    recovery = await dialog.getByRole('listitem').allInnerTexts();
    assert.equal(recovery.length, 10);
    await expectAccessible(page, 'recovery codes');
    await shoot(page, 'recovery');
    const saving = page.waitForEvent('download');
    await dialog.getByRole('link', { name: 'Download' }).click();
    assert.equal((await saving).suggestedFilename(), 'volvox-recovery-codes.txt');
    await dialog.getByRole('button', { name: 'I have kept them' }).click();
    await card.getByText('On', { exact: true }).waitFor();
    await card.getByText('10 codes left').waitFor();
  });

  it('asks for the second step, says when a code is wrong, and takes each once', async () => {
    await signOut(page);
    await giveLogin(page, 'mona', password);
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    await expectAccessible(page, 'second step');
    await shoot(page, 'second');
    await page.getByLabel('Code', { exact: true }).fill('123456');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This code is not right').waitFor();
    await page.getByLabel('Code', { exact: true }).fill(codeOf(secret));
    await page.keyboard.press('Enter');
    await inside(page);
  });

  it('takes a recovery code on a phone, and counts what is left', async () => {
    const handy = await open(phone);
    await giveLogin(handy, 'mona', password);
    await handy.getByRole('heading', { name: 'One more step' }).waitFor();
    await handy.getByText('Recovery code').first().click();
    await expectAccessible(handy, 'recovery code on a phone');
    await shoot(handy, 'second-phone');
    await handy
      .getByLabel('Recovery code', { exact: true })
      .last()
      .fill(recovery[0] ?? '');
    await handy.getByRole('button', { name: 'Continue' }).click();
    await inside(handy);
    await handy.goto(`${home()}/account`);
    await handy.getByText('9 codes left').waitFor();
    await expectAccessible(handy, 'my account on a phone');
    await shoot(handy, 'account-phone');
  });

  it('makes a passkey, signs in by it without a name, renames and removes it', async () => {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto(`${home()}/account`);
    const card = page.getByRole('region', { name: 'Passkeys' });
    await card.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Desk');
    await expectAccessible(page, 'adding a passkey');
    await dialog.getByRole('button', { name: 'Add a passkey' }).click();
    await card.getByText('Desk').waitFor();
    await shoot(page, 'passkeys');
    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await inside(page);
    // As second step, too.
    await signOut(page);
    await giveLogin(page, 'mona', password);
    await page.getByRole('button', { name: 'Use your passkey' }).click();
    await inside(page);
    await page.goto(`${home()}/account`);
    await card.getByRole('button', { name: 'Rename “Desk”' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Office');
    await page.keyboard.press('Enter');
    await card.getByText('Office').waitFor();
    await card.getByRole('button', { name: 'Remove “Office”' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await card.getByText('None yet.').waitFor();
  });

  it('asks who is there before something dangerous, then goes on by itself', async () => {
    let asked = 0;
    await page.route('**/api/v1/factors/recovery-codes', async (route) => {
      // As the server answers ten minutes after the log-in.
      if (asked++ > 0) return route.continue();
      const body = JSON.stringify({ code: 'step_up_required', title: '', status: 403, type: '' });
      await route.fulfill({ status: 403, contentType: 'application/problem+json', body });
    });
    await page.getByRole('button', { name: 'Make new codes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
    await page.getByRole('dialog', { name: 'Make new recovery codes?' }).waitFor({ state: 'detached' });
    const dialog = page.getByRole('dialog', { name: 'Is it you?' });
    await dialog.getByLabel('Your password').fill('not this');
    await expectAccessible(page, 'asked to confirm');
    await shoot(page, 'confirm');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByText('This is not right').waitFor();
    await dialog.getByLabel('Your password').fill(password);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('dialog').getByText('shown this one time only').waitFor();
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.unroute('**/api/v1/factors/recovery-codes');
    assert.equal(asked, 2);
  });

  it('takes a picture of oneself, and hands out all that is kept', async () => {
    const profile = page.getByRole('region', { name: 'Profile' });
    await profile.locator('input[type=file]').setInputFiles({
      name: 'me.png',
      mimeType: 'image/png',
      buffer: Buffer.from(png()),
    });
    const picture = profile.locator('img');
    await picture.waitFor();
    await eventually(
      () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
      (width) => width === 256,
      'the picture is drawn',
    );
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download my data' }).click();
    assert.match((await saving).suggestedFilename(), /\.zip$/);
    await profile.getByRole('button', { name: 'Remove the picture' }).click();
    await picture.waitFor({ state: 'detached' });
  });

  it('signs out everywhere else', async () => {
    const devices = page.getByRole('region', { name: 'Devices' });
    await devices.getByText('This one').waitFor();
    await devices.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText('You are signed out everywhere else').waitFor();
    await devices.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
  });

  it('lets nobody in who must have a second factor, until it is there', async () => {
    await call(admin, 'PUT', '/admin/settings/login.secondFactorRoles', { value: ['everybody'] });
    const handy = await open(phone);
    await giveLogin(handy, 'nora', password);
    await handy.getByRole('heading', { name: 'Protect your account' }).waitFor();
    await expectAccessible(handy, 'enrolment');
    await shoot(handy, 'enrol-phone');
    assert.equal(await handy.evaluate(async () => (await fetch('/api/v1/workspaces')).status), 403);
    await handy.getByRole('button', { name: 'Use an authenticator app' }).click();
    const key = await handy.getByLabel('Or type this key into the app').inputValue();
    await handy.getByLabel('Code from the app').fill(codeOf(key.replaceAll(' ', ''), 0));
    await handy.getByRole('button', { name: 'Turn on' }).click();
    await expectAccessible(handy, 'recovery codes on a phone');
    await shoot(handy, 'recovery-phone');
    await handy.getByRole('button', { name: 'Go to my files' }).click();
    await inside(handy);
    await call(admin, 'PUT', '/admin/settings/login.secondFactorRoles', { value: [] });
  });

  it('asks for a new password first, and says what is wrong with one', async () => {
    await call(admin, 'PUT', `/users/${ids.get('olga')}/new-password`, { demanded: true });
    const at = await open();
    await giveLogin(at, 'olga', password);
    await at.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await expectAccessible(at, 'forced change of the password');
    await shoot(at, 'password');
    await at.getByLabel('Current password').fill(password);
    await at.getByLabel('New password', { exact: true }).fill('password123');
    await at.getByRole('button', { name: 'Change password' }).click();
    await at.getByText('one of the passwords that are tried first').waitFor();
    await at.getByLabel('New password', { exact: true }).fill('a loud lighthouse');
    await at.getByRole('button', { name: 'Change password' }).click();
    await inside(at);
  });

  it('shows an administrator acting as somebody, and leads back', async () => {
    await call(admin, 'PUT', '/admin/settings/impersonation.enabled', { value: true });
    await call(admin, 'POST', `/users/${ids.get('pia')}/impersonation`);
    await admin.goto(`${home()}/account`);
    await admin.getByText('You act as pia').waitFor();
    assert.equal(await admin.getByRole('region', { name: 'Passkeys' }).count(), 0);
    await expectAccessible(admin, 'acting as somebody');
    await shoot(admin, 'acting');
    await admin.getByRole('button', { name: 'Stop', exact: true }).click();
    await admin.getByRole('button', { name: /Ada Lovelace/ }).waitFor();
    assert.equal(await admin.getByText('You act as pia').count(), 0);
  });

  it('asks for a link by mail, sets a password by one, and says when it is over', async () => {
    const at = await open();
    await at.goto(`${home()}/forgot`);
    await at.getByLabel('Login or e-mail address').fill('nobody');
    await expectAccessible(at, 'forgotten password');
    await shoot(at, 'forgot');
    await at.getByRole('button', { name: 'Send the link' }).click();
    await at.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    await at.goto(`${home()}/reset#0123456789abcdef`);
    await at.getByRole('heading', { name: 'Set a new password' }).waitFor();
    await expectAccessible(at, 'setting a forgotten password');
    await at.getByLabel('New password', { exact: true }).fill('a loud lighthouse');
    await at.getByRole('button', { name: 'Set password' }).click();
    await at.getByRole('alert').getByText('This link is over').waitFor();
    await expectAccessible(at, 'a link that is over');
    await shoot(at, 'reset-over');
  });

  it('goes to own pages only after a log-in', async () => {
    const at = await open();
    await at.goto(`${home()}/login?next=${encodeURIComponent('/account')}`);
    await giveLogin(at, 'pia', password);
    await at.getByRole('heading', { name: 'My account' }).waitFor();
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)']) {
      await at.goto(`${home()}/login?next=${encodeURIComponent(next)}`);
      await inside(at);
      assert.equal(new URL(at.url()).origin, home());
    }
  });

  it('speaks German and French', async () => {
    const german = await open({ locale: 'de-DE' });
    await german.getByRole('heading', { name: 'Willkommen zurück' }).waitFor();
    await german.getByLabel('Anmeldename').fill('mona');
    await german.getByLabel('Passwort', { exact: true }).fill(password);
    await german.getByRole('button', { name: 'Anmelden', exact: true }).click();
    await german.getByRole('heading', { name: 'Noch ein Schritt' }).waitFor();
    await shoot(german, 'second-de');
    const french = await open({ locale: 'fr-FR', ...phone });
    await french.getByRole('heading', { name: 'Heureux de vous revoir' }).waitFor();
    await expectAccessible(french, 'log-in in French');
    await shoot(french, 'login-fr-phone');
  });
}
