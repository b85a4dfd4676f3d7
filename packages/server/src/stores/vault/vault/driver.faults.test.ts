/** Tokens that end, a vault that is sealed, dies, stands still or is cut off. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isAppError } from '../../../kernel/errors.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { failure, succeeds, took, until } from '../../../testing/expectations.ts';
import { faultProxy } from '../../../testing/servers/index.ts';
import { openVault, skip, startVault, type AppRole, type OwnVault } from './testing.ts';

const canary = 'value-canary';

/** Keeps what is logged, as text. */
function recorder(): { readonly log: Logger; text(): string } {
  const lines: string[] = [];
  const keep = (fields: object, message: string): void => {
    const error: unknown = Reflect.get(fields, 'err');
    lines.push(
      message,
      JSON.stringify(fields),
      error instanceof Error ? `${error.stack} ${error.cause}` : '',
    );
  };
  return {
    log: { ...silentLogger, debug: keep, info: keep, warn: keep, error: keep },
    text: () => lines.join('\n'),
  };
}

describe('vault: faults', { skip }, () => {
  let vault: OwnVault;
  let role: AppRole;
  before(async () => {
    vault = await startVault();
    role = await vault.appRole('1h', '24h');
  });
  after(() => vault.server.stop());

  test('tokens that live 2 s, at most 4 s: for 7 s not one failed call', async () => {
    const { log, text } = recorder();
    const store = await openVault(vault.url, await vault.appRole('2s', '4s'), log);
    await store.put('short', 'x');
    const end = performance.now() + 7_000;
    for (let i = 0; performance.now() < end; i++) {
      await store.put('short', `${i}`);
      assert.equal(await store.get('short'), `${i}`);
      await new Promise((done) => setTimeout(done, 50));
    }
    assert.equal(text(), '', 'nothing to complain of');
    await store.close();
  });

  test('a token that was revoked: many calls at once log in once, and succeed', async () => {
    const store = await openVault(vault.url, role);
    await store.put('k', 'x');
    await vault.revokeAll();
    const tokens = async () =>
      (await vault.admin('GET', 'auth/token/accessors?list=true'))['keys']?.length ?? 0;
    const before = await tokens();
    const results = await Promise.all(Array.from({ length: 30 }, () => store.get('k')));
    assert.ok(results.every((value) => value === 'x'));
    assert.equal(await tokens(), before + 1);
    await store.close();
  });

  test('a token that was given and has ended: told, without it; what was read stays readable', async () => {
    const data = (await vault.admin('GET', 'auth/token/lookup-self'))['id'];
    assert.equal(data, vault.rootToken);
    const { roleId, secretId } = role;
    const response = await fetch(`http://127.0.0.1:${vault.server.port}/v1/auth/approle/login`, {
      method: 'PUT',
      body: JSON.stringify({ role_id: roleId, secret_id: secretId }),
    });
    const token: string = JSON.parse(await response.text()).auth.client_token;
    const store = await openVault(vault.url, { token });
    await store.put('given', 'x');
    await vault.revokeAll();
    const { code, text } = await failure(store.put('given', canary));
    assert.equal(code, 'unavailable');
    assert.match(text, /the vault refuses VAULT_TOKEN/);
    assert.ok(!text.includes(token) && !text.includes(canary));
    assert.equal(await store.get('given'), 'x');
    await store.close();
  });

  test('sealed: what was read stays readable, the rest says so, and opening does; unsealed: as before', async () => {
    const { log, text } = recorder();
    const store = await openVault(vault.url, role, log);
    await store.put('known', canary);
    assert.equal(await store.get('known'), canary);
    await vault.seal();
    for (let i = 0; i < 3; i++) assert.equal(await store.get('known'), canary);
    const shown: string[] = [];
    for (const call of [
      () => store.get('unknown'),
      () => store.put('known', canary),
      () => store.put('new', canary, { createOnly: true }),
      () => store.delete('known'),
      () => store.list(''),
      () => store.ping(),
      () => openVault(vault.url, role, log),
      () => openVault(vault.url, { token: vault.rootToken }, log),
    ]) {
      await assert.rejects(
        call,
        (error) => isAppError(error, 'unavailable') && error.details['reason'] === 'sealed',
      );
      const { text: all } = await failure(call());
      assert.match(all, /the vault is sealed/);
      shown.push(all);
    }
    await vault.unseal();
    await until(() => succeeds(store.put('new', 'x')), 'the vault', 20_000);
    assert.equal(await store.get('new'), 'x');
    await store.delete('known');
    assert.equal(await store.get('known'), null);
    await store.close();
    for (const secret of [canary, role.secretId, role.roleId, vault.rootToken])
      assert.ok(!shown.join().includes(secret) && !text().includes(secret));
  });

  test('a policy that is withdrawn: known secrets stay readable, ping names what is missing, no token is left behind', async () => {
    const store = await openVault(vault.url, role);
    const tokens = async () =>
      (await vault.admin('GET', 'auth/token/accessors?list=true'))['keys']?.length ?? 0;
    await store.put('kept', canary);
    await vault.setPolicy('path "secret/data/volvox/*" { capabilities = ["update"] }');
    const before = await tokens();
    for (let i = 0; i < 5; i++) {
      assert.equal(await store.get('kept'), canary);
      const { code, text } = await failure(store.get(`unknown-${i}`));
      assert.equal(code, 'unavailable');
      assert.match(text, /policy of the vault does not permit/);
      assert.match((await failure(store.ping())).text, /does not permit: create, read below secret\//);
    }
    assert.ok((await tokens()) <= before + 2, 'refused calls do not log in each');
    await vault.setPolicy();
    await until(() => succeeds(store.ping()), 'the policy', 20_000);
    await store.put('kept', 'y');
    assert.equal(await store.get('kept'), 'y');
    await store.close();
  });

  test('a secret id that is destroyed, with its tokens: told, and back by itself when it counts again', async () => {
    const own = await vault.appRole('2s', '4s');
    const store = await openVault(vault.url, own);
    await store.put('kept', canary);
    await vault.withdraw(own);
    for (let i = 0; i < 3; i++) assert.equal(await store.get('kept'), canary);
    for (const call of [() => store.ping(), () => store.put('new', canary)]) {
      const { code, text } = await failure(call());
      assert.equal(code, 'unavailable');
      assert.match(text, /the vault refuses VAULT_ROLE_ID and VAULT_SECRET_ID/);
      assert.ok(!text.includes(own.secretId) && !text.includes(canary));
    }
    await vault.giveBack(own);
    await until(() => succeeds(store.ping()), 'the role', 20_000);
    await store.put('new', 'x');
    await store.close();
  });

  test('killed and started again: goes on with what is known, then as before', async () => {
    const store = await openVault(vault.url, role);
    await store.put('k', 'x');
    await vault.server.kill();
    assert.equal(await store.get('k'), 'x');
    assert.equal((await failure(store.put('k', 'y'))).code, 'unavailable');
    assert.equal((await failure(store.ping())).code, 'unavailable');
    await vault.server.start();
    await store.put('k', 'y');
    assert.equal(await store.get('k'), 'y');
    await store.close();
  });

  test('black-holed: one bounded wait, then what is known costs nothing; back by itself', async () => {
    const proxy = await faultProxy(vault.server.port);
    const url = vault.url.replace(String(vault.server.port), String(proxy.port));
    const store = await openVault(url, role);
    await store.put('k', 'x');
    proxy.blackhole();
    assert.ok((await took(store.get('k'))) < 7_000);
    assert.ok((await took(store.get('k'))) < 100);
    assert.equal(await store.get('k'), 'x');
    assert.ok((await took(succeeds(store.ping()))) < 3_000);
    proxy.heal();
    await until(() => succeeds(store.put('k', 'y')), 'an answer', 20_000);
    assert.equal(await store.get('k'), 'y');
    await store.close();
    await proxy.close();
  });

  test('frozen: opening fails in time, and works when it wakes', async () => {
    vault.server.freeze();
    try {
      assert.ok((await took(succeeds(openVault(vault.url, role)))) < 6_000);
    } finally {
      vault.server.thaw();
    }
    await (await openVault(vault.url, role)).close();
  });
});
