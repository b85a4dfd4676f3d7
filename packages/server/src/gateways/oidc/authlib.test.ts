/** Another implementation than ours and another language: authlib. Installed by `python3 -m venv .tools/conformance/venv-oidc` and pip. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Browser, openProvider, redirectUri, type Provider } from './testing.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const python =
  process.env['VOLVOX_TEST_AUTHLIB'] ?? here('../../../../../.tools/conformance/venv-oidc/bin/python');

let provider: Provider;
before(async () => {
  provider = await openProvider();
  await provider.person('ann');
});
after(() => provider.close());

test(
  'authlib logs in through discovery, checks the ID token, asks for userinfo and refreshes',
  { skip: existsSync(python) ? false : `no authlib on this machine (${python})` },
  async () => {
    const app = await provider.register({ signing: 'ES256' });
    const browser = new Browser(provider);
    await browser.signIn('ann');
    const client = spawn(python, [
      here('authlib-client.py'),
      ...[provider.issuer, app.id, app.secret ?? '', redirectUri],
    ]);
    const ended = once(client, 'close');
    let errors = '';
    client.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
    const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
    const url = String((await lines.next()).value);
    client.stdin.end(`${(await browser.authorize(new URL(url))).href}\n`);
    const result = String((await lines.next()).value);
    await ended;
    assert.equal(client.exitCode, 0, errors);
    const ann = await provider.nodes[0]?.identity.userByLogin('ann');
    const { sub, userinfo, refreshed } = JSON.parse(result) as Record<string, unknown>;
    assert.deepEqual([sub, refreshed], [ann?.id, true]);
    assert.deepEqual(userinfo, { sub: ann?.id, preferred_username: 'ann', name: 'The ann' });
  },
);
