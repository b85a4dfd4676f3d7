/** Another implementation than ours and another language: authlib, from PyPI into `.tools/conformance/venv-oidc`. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Browser, openProvider, redirectUri, type Provider } from './testing.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const venv = here('../../../../../.tools/conformance/venv-oidc');
const python = process.env['VOLVOX_TEST_AUTHLIB'] ?? `${venv}/bin/python`;

/** Brings it where CI is set, where it may not be missing. @returns why the test is left out; false: it is not */
function lacking(): string | false {
  if (existsSync(python)) return false;
  if (!process.env['CI']) return `no authlib on this machine (${python})`;
  for (const [program, ...args] of [
    ['python3', '-m', 'venv', venv],
    [`${venv}/bin/pip`, 'install', '--quiet', 'authlib==1.9.9', 'requests==2.34.2'],
  ] as const) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  }
  return false;
}

let provider: Provider;
before(async () => {
  provider = await openProvider();
  await provider.person('ann');
});
after(() => provider.close());

test(
  'authlib logs in through discovery, checks the ID token, asks for userinfo and refreshes',
  { skip: lacking() },
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
