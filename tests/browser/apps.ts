/** The web application on a real server: apps that sign people in by us, devices, providers that people sign in by. As an administrator. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import * as client from 'openid-client';
import { expectAccessible, visit } from './browser.ts';
import { password, type World } from './world.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export function apps(world: World): void {
  const visitAdmin = (page: string) => world.page.goto(new URL(`/admin/${page}`, world.server.url).href);
  const app = { id: '', secret: '', callback: '' };
  /** The app's own address, where the browser ends up. */
  const elsewhere = createServer((_request, response) => response.end('back in the app'));

  it('registers an app and shows its secret once', async () => {
    const { page } = world;
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    app.callback = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/callback`;
    await visitAdmin('apps');
    await page.getByText('Volvox CLI').waitFor();
    await expectAccessible(page, 'apps');
    await page.getByRole('button', { name: 'New app' }).click();
    await page.getByLabel('Name').fill('Wiki');
    await page.getByLabel('Redirect addresses').fill('http://wiki.example/callback');
    await expectAccessible(page, 'a new app');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('neither https nor http on this machine').waitFor();
    await page.getByLabel('Redirect addresses').fill(app.callback);
    await page.getByRole('button', { name: 'Save' }).click();
    app.id = await page.getByRole('textbox', { name: 'Client ID' }).inputValue();
    app.secret = await page.getByRole('textbox', { name: 'Client secret' }).inputValue();
    await expectAccessible(page, 'the secret of an app');
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Wiki' }).waitFor();
    assert.equal(await page.getByText(app.secret).count(), 0);
  });

  it('asks somebody who is not signed in for log-in and consent, by keyboard alone, and leads back to the app', async () => {
    const { page, close } = await visit(world.browser, phone);
    const config = await client.discovery(new URL(world.server.url), app.id, app.secret, undefined, {
      execute: [client.allowInsecureRequests],
    });
    const verifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: app.callback,
      scope: 'openid profile offline_access',
      prompt: 'consent',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    await page.goto(url.href);
    await page.getByLabel('Login').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Wiki wants to sign you in' }).waitFor();
    await page.getByText('Work on while you are away').waitFor();
    await expectAccessible(page, 'consent on a phone');
    await page.getByRole('button', { name: 'Allow', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('back in the app').waitFor();
    const tokens = await client.authorizationCodeGrant(config, new URL(page.url()), {
      pkceCodeVerifier: verifier,
    });
    assert.equal(
      (await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).preferred_username,
      'ada',
    );
    await close();
  });

  it('lets a device in by its code, with a warning', async () => {
    const { page } = world;
    const config = await client.discovery(new URL(world.server.url), 'volvox-cli', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    });
    const device = await client.initiateDeviceAuthorization(config, {
      scope: 'openid offline_access files:read',
    });
    await page.goto(device.verification_uri);
    await page.getByLabel('Code').fill('BBBB-BBBB');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('There is no such code').waitFor();
    await expectAccessible(page, 'a wrong code');
    await page.goto(device.verification_uri_complete ?? '');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Read your files').waitFor();
    await page.getByText('Allow this only if you began it yourself').waitFor();
    await expectAccessible(page, 'a device');
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByRole('heading', { name: 'Connected' }).waitFor();
    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 });
    assert.ok(tokens.access_token);
  });

  it('shows connected apps on the account page and ends them', async () => {
    const { page } = world;
    await page.goto(new URL('/account', world.server.url).href);
    const card = page.getByRole('region', { name: 'Connected apps' });
    await card.getByRole('button', { name: 'Disconnect: Volvox CLI' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('Volvox CLI has no access any more.').waitFor();
    await card.getByText('Wiki').waitFor();
    assert.equal(await card.getByText('Volvox CLI').count(), 0);
  });

  it('connects a provider: tries it first, offers it at log-in, and signs somebody in by it', async () => {
    const { page } = world;
    // The server is its own provider: what matters is the way through the pages.
    await visitAdmin('connectors');
    await page.getByText('No providers yet').waitFor();
    await expectAccessible(page, 'no providers');
    await page.getByRole('button', { name: 'New provider' }).click();
    await page.getByRole('menuitem', { name: 'OpenID provider' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).first().fill('Headquarters');
    await page.getByLabel('Address (issuer)').fill(world.server.url);
    await page.getByLabel('Client ID').fill(app.id);
    await page.getByRole('textbox', { name: 'Client secret' }).fill(app.secret);
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('It does not work').waitFor(); // plain HTTP inside the own network is not asked
    await expectAccessible(page, 'a provider');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Headquarters' }).waitFor();
    const guest = await visit(world.browser);
    await guest.page.goto(world.server.url);
    await guest.page.getByRole('link', { name: 'Sign in with Headquarters' }).waitFor();
    await expectAccessible(guest.page, 'log-in with another provider');
    await guest.page.goto(new URL('/login#external=unknown', world.server.url).href);
    await guest.page.getByText('Nobody here belongs to that account').waitFor();
    await guest.close();
  });

  it('connects a directory: its form holds everything, and says why it does not work', async () => {
    const { page } = world;
    await visitAdmin('connectors');
    await page.getByRole('button', { name: 'New provider' }).click();
    await page.getByRole('menuitem', { name: 'Directory (LDAP, Active Directory)' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).first().fill('Staff');
    await page.getByLabel('Address', { exact: true }).fill('ldap://127.0.0.1:1');
    await page.getByLabel('Search base', { exact: true }).fill('ou=people,dc=example,dc=org');
    await page.getByRole('button', { name: 'Add a group' }).click();
    await page.getByLabel('Group there').fill('cn=staff,dc=example,dc=org');
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('It does not work: the directory cannot be asked').waitFor();
    await expectAccessible(page, 'a directory');
    await page.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('listitem').filter({ hasText: 'Staff' });
    await row.waitFor();
    await page.getByRole('button', { name: 'More for Staff' }).click();
    await page.getByRole('menuitem', { name: 'What would change?' }).click();
    await page.getByRole('dialog').getByText('the directory cannot be asked').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: 'More for Staff' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    elsewhere.close();
  });
}
