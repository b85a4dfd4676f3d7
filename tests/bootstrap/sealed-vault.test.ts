/** A vault that is sealed when a node starts: the node waits and says why, goes on by itself, and leaves at once when told so; or that takes rights away. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  startVault,
  type AppRole,
  type OwnVault,
} from '../../packages/server/src/stores/vault/vault/testing.ts';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { admin } from '../harness/server-process.ts';
import { columnOf, makePlaces, type Environment, type StorePlaces } from '../harness/stores.ts';
import { endAll, launch, until, type BootingNode } from './nodes.ts';

const { vault: _ownOne, ...column } = columnOf('external');
const skip =
  [...Object.values(column), 'vault' as const]
    .map((kind) => skipReason(kind))
    .find((reason) => reason !== false) ?? false;
const waiting = 'waiting: the vault is sealed';

describe('a sealed vault', { skip, timeout: 180_000 }, () => {
  let places: StorePlaces;
  let vault: OwnVault;
  let environment: Environment;
  before(async () => {
    [places, vault] = await Promise.all([makePlaces(column), startVault()]);
    environment = { ...places.environment, VOLVOX_VAULT: vault.url, VAULT_TOKEN: vault.rootToken };
  });
  afterEach(endAll);
  after(async () => {
    await places.remove();
    await vault.server.stop();
  });

  test('keeps the first node waiting, which goes on by itself and refuses no connection then', async () => {
    await vault.seal();
    const node = await launch(environment);
    await untilItWaits(node);
    const refused = await whileAsked(node, async () => {
      await vault.unseal();
      await node.ready();
    });
    assert.equal(refused, 0);
  });

  test('stops no node that runs; one that starts meanwhile waits, and may be told to leave', async () => {
    const running = await launch(environment);
    await running.ready();
    await vault.seal();
    const starting = await launch(environment);
    await untilItWaits(starting);
    assert.equal((await running.probe('/readyz'))?.status, 200, running.output());
    starting.kill('SIGTERM');
    assert.equal(await starting.ended, 0, starting.output());
    await vault.unseal();
    const next = await launch(environment);
    await next.ready();
  });
});

describe('a vault that takes rights away', { skip, timeout: 180_000 }, () => {
  let places: StorePlaces;
  let vault: OwnVault;
  let role: AppRole;
  let nodes: readonly BootingNode[];
  before(async () => {
    [places, vault] = await Promise.all([makePlaces(column), startVault()]);
    role = await vault.appRole('1h', '24h');
    const environment = {
      ...places.environment,
      VOLVOX_VAULT: vault.url,
      VAULT_ROLE_ID: role.roleId,
      VAULT_SECRET_ID: role.secretId,
    };
    nodes = [await launch(environment), await launch(environment)];
    for (const node of nodes) await node.ready();
  });
  after(async () => {
    await endAll();
    await places.remove();
    await vault.server.stop();
  });

  test('by its policy: nodes serve on and say what they lack, until it is given back', async () => {
    await vault.setPolicy('path "secret/metadata/volvox/*" { capabilities = ["list"] }');
    for (const node of nodes) await degraded(node, /does not permit: create, read, update/);
    await vault.setPolicy();
    for (const node of nodes) await sound(node);
  });

  test('by ending the secret id and its tokens: the same', async () => {
    await vault.withdraw(role);
    for (const node of nodes) await degraded(node, /the vault refuses VAULT_ROLE_ID and VAULT_SECRET_ID/);
    await vault.giveBack(role);
    for (const node of nodes) await sound(node);
  });
});

const vaultOf = async (node: BootingNode): Promise<{ ok: boolean; error: string | null } | undefined> =>
  (await node.client.call('status')).stores.find((store) => store.kind === 'vault');

/** It serves, changes and log-ins included; `/readyz` names the store, which loses the node nothing, and the status the reason. */
async function degraded(node: BootingNode, reason: RegExp): Promise<void> {
  await until(`${reason} in the status of ${node.url}`, async () => {
    const vault = await vaultOf(node);
    return vault?.ok === false && reason.test(vault.error ?? '');
  });
  const ready = await node.probe('/readyz');
  assert.equal(ready?.status, 200);
  const { stores } = JSON.parse(ready.body) as { stores: { kind: string; ok: boolean }[] };
  assert.deepEqual(
    stores.filter((store) => !store.ok).map((store) => store.kind),
    ['vault'],
  );
  const { items } = await node.client.call('listWorkspaces');
  const common = items.find((workspace) => workspace.slug === 'common');
  const name = `while-away-${Math.random()}`;
  const params = { id: common?.rootId ?? '', name };
  const { id } = await node.client.call('uploadFile', { params, body: 'kept' });
  assert.equal(await (await node.client.call('downloadContent', { params: { id } })).text(), 'kept');
  const login = await fetch(`${node.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(admin),
  });
  assert.equal(login.status, 201, await login.text());
}

async function sound(node: BootingNode): Promise<void> {
  await until(`the vault again for ${node.url}`, async () => (await vaultOf(node))?.ok === true);
  await node.client.call('setSetting', { params: { key: 'trash.keepDays' }, body: { value: 7 } });
}

/** With the reason in its log, alive and not ready. */
async function untilItWaits(node: BootingNode): Promise<void> {
  await until('it says why it waits', () => node.lines(waiting).length > 0);
  assert.equal(node.lines(waiting)[0]?.['variable'], 'VOLVOX_VAULT');
  await until('it answers', async () => (await node.probe('/healthz'))?.status === 200);
  const ready = await node.probe('/readyz');
  assert.equal(ready?.status, 503);
  assert.equal(JSON.parse(ready.body).state, 'starting');
}

/** Asks whether it is alive, on new connections one after another. @returns how often there was no answer */
async function whileAsked(node: BootingNode, work: () => Promise<void>): Promise<number> {
  let [refused, asked, over] = [0, 0, false];
  const client = async (): Promise<void> => {
    while (!over) {
      asked += 1;
      const answer = await fetch(`${node.url}/healthz`, { headers: { connection: 'close' } }).catch(
        () => null,
      );
      if (answer?.status !== 200) refused += 1;
      await answer?.body?.cancel();
    }
  };
  const asking = client();
  await work();
  over = true;
  await asking;
  assert.ok(asked > 10, `asked ${asked} times`);
  return refused;
}
