/** Nodes that join a cluster: what they are told by its vault, and what they refuse. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { columnOf, makePlaces, type Environment, type StorePlaces } from '../harness/stores.ts';
import { endAll, launch, type BootingNode } from './nodes.ts';
import { ask } from './schema.ts';
import { forget, record, recordsBelow } from './vault.ts';

const column = columnOf('external');
const skip =
  Object.values(column)
    .map((kind) => skipReason(kind))
    .find((reason) => reason !== false) ?? false;
const exit = { failed: 1, usage: 2, unreachable: 3 } as const;

describe('a further node', { skip, timeout: 300_000 }, () => {
  let places: StorePlaces;
  /** Configuration, vault and the latter's login: all that it needs. */
  let least: Environment;
  const urlOf = (variable: string): string => places.environment[variable] ?? '';

  before(async () => {
    places = await makePlaces(column);
    const { VOLVOX_CONFIG = '', VOLVOX_VAULT = '', VAULT_TOKEN = '' } = places.environment;
    least = { VOLVOX_CONFIG, VOLVOX_VAULT, VAULT_TOKEN };
    const first = await launch(places.environment);
    await first.ready();
    const { rootId } = await common(first);
    await first.client.call('uploadFile', { params: { id: rootId, name: 'a' }, body: 'of the first' });
    await endAll();
  });
  afterEach(endAll);
  after(() => places.remove());

  test('needs only configuration, vault and its login', async () => {
    const node = await launch(least, { setsUp: false });
    await node.ready();
    const { rootId } = await common(node);
    const { items } = await node.client.call('listChildren', { params: { id: rootId } });
    const content = await node.client.call('downloadContent', { params: { id: items[0]?.id ?? '' } });
    assert.equal(await content.text(), 'of the first');
    const { stores } = await node.client.call('status');
    assert.deepEqual(
      stores.map((store) => [store.kind, store.driver, store.ok]),
      ['etcd', 'vault', 'etcd', 'nats', 'redis', 'postgres', 'mongodb', 's3'].map((driver, i) => [
        ['config', 'vault', 'registry', 'broker', 'cache', 'sql', 'documents', 'blobs'][i],
        driver,
        true,
      ]),
    );
    node.kill('SIGTERM');
    assert.equal(await node.ended, 0, node.output());
  });

  test('warns where it is given another store than the cluster has recorded, and takes the given one', async () => {
    const given = `${urlOf('VOLVOX_SQL')}?pool=7`;
    const node = await launch({ ...least, VOLVOX_SQL: given }, { setsUp: false });
    await node.ready();
    const [warning, ...more] = node.lines(/another store than the cluster has recorded/);
    assert.equal(more.length, 0, 'of this one only');
    assert.equal(warning?.['variable'], 'VOLVOX_SQL');
    assert.match(String(warning['given']), /pool=7$/);
    assert.doesNotMatch(String(warning['recorded']), /pool/);
  });

  test('names each store that it cannot reach, without the password, with exit code 3', async () => {
    const kinds = ['CONFIG', 'VAULT', 'REGISTRY', 'BROKER', 'CACHE', 'SQL', 'DOCUMENTS', 'BLOBS'];
    const secret = 'tiger-secret';
    for (const kind of kinds) {
      const name = `VOLVOX_${kind}`;
      const node = await launch({ ...least, [name]: nowhere(urlOf(name), secret) }, { setsUp: false });
      assert.equal(await node.ended, exit.unreachable, `${name}: ${node.output()}`);
      const line = complaint(node);
      assert.ok(line.startsWith(`volvox: ${name} (`), line);
      assert.match(line, /127\.0\.0\.1(?::|%3A)1\b/);
      assert.ok(!node.output().includes(secret), node.output());
    }
  });

  test('names a recorded URL that is damaged or unknown', async () => {
    const path = 'stores/broker';
    const whole = await record(least, path, 'nothing of a URL');
    const damaged = await launch(least, { setsUp: false });
    assert.equal(await damaged.ended, exit.failed);
    assert.match(complaint(damaged), /^volvox: VOLVOX_BROKER.*vault.*stores\/broker.*\(corrupt\)$/);
    await record(least, path, 'carrier-pigeon://user:tiger-secret@loft/volvox');
    const unknown = await launch(least, { setsUp: false });
    assert.equal(await unknown.ended, exit.usage);
    assert.match(complaint(unknown), /^volvox: VOLVOX_BROKER: unknown scheme "carrier-pigeon:"/);
    assert.ok(!unknown.output().includes('tiger-secret'));
    await record(least, path, whole ?? '');
    const mended = await launch(least, { setsUp: false });
    await mended.ready();
  });

  test('takes no store of its own where a record was deleted, and records again what it is given', async () => {
    const whole = await forget(least, 'stores/sql');
    const without = await launch(least, { setsUp: false });
    assert.equal(await without.ended, exit.failed, without.output());
    assert.match(
      complaint(without),
      /^volvox: VOLVOX_SQL: this cluster uses postgres:.*set VOLVOX_SQL.*\(conflict\)$/,
    );
    const given = await launch({ ...least, VOLVOX_SQL: urlOf('VOLVOX_SQL') }, { setsUp: false });
    await given.ready();
    assert.equal(await record(least, 'stores/sql', whole ?? ''), whole);
  });

  test('makes no secrets in a vault that is not the one of the cluster', async () => {
    const other = await makePlaces({ config: 'etcd', vault: 'vault' });
    const strange = { ...least, VOLVOX_VAULT: other.environment['VOLVOX_VAULT'] ?? '' };
    const joining = await launch(strange, { setsUp: false });
    assert.equal(await joining.ended, exit.failed, joining.output());
    assert.match(
      complaint(joining),
      /^volvox: VOLVOX_\w+: this cluster uses .*no record.*VOLVOX_VAULT.*\(conflict\)$/,
    );
    const knowing = await launch({ ...places.environment, ...strange });
    assert.equal(await knowing.ended, exit.failed, knowing.output());
    assert.match(complaint(knowing), /^volvox: VOLVOX_VAULT: vault:.* is empty.*\(conflict\)$/);
    assert.deepEqual(await recordsBelow(strange, ''), []);
    // Where the configuration is another one too, SQL tells.
    const misled = await launch({ ...places.environment, ...other.environment });
    assert.equal(await misled.ended, exit.failed, misled.output());
    assert.match(complaint(misled), /does not hold the secrets of this cluster.*VOLVOX_VAULT.*\(conflict\)$/);
    assert.deepEqual(await recordsBelow(strange, 'session'), []);
    await other.remove();
  });

  test('starts beside a newer version that has only expanded the schema, and says so', async () => {
    await noteMigration(urlOf('VOLVOX_SQL'), '20990101-expand', null);
    const node = await launch(least, { setsUp: false });
    await node.ready();
    const [line] = node.lines(/migrated by a newer version/);
    assert.deepEqual(line?.['unknown'], ['20990101-expand']);
  });

  test('stops when a newer version leaves it behind, and does not start any more', async () => {
    const node = await launch(least, { setsUp: false });
    await node.ready();
    await noteMigration(urlOf('VOLVOX_SQL'), '20990102-contract', '99.1.0');
    assert.equal(await node.ended, exit.failed, node.output());
    const refusal = /20990102-contract needs version 99\.1\.0 or later.*\(unsupported\)$/;
    assert.match(complaint(node), refusal);
    const again = await launch(least, { setsUp: false });
    assert.equal(await again.ended, exit.failed, again.output());
    assert.match(complaint(again), refusal);
    await ask(urlOf('VOLVOX_SQL'), `delete from schema_migrations where name like '2099%'`);
  });

  async function common(node: BootingNode): Promise<{ readonly rootId: string }> {
    const { items } = await node.client.call('listWorkspaces');
    const found = items.find((workspace) => workspace.slug === 'common');
    assert.ok(found);
    return found;
  }
});

/** The one line that says why it ended. */
function complaint(node: BootingNode): string {
  const lines = node
    .output()
    .split('\n')
    .filter((line) => line.startsWith('volvox: '));
  assert.equal(lines.length, 1, node.output());
  return lines[0] ?? '';
}

/** The same URL at a port where nobody is, with a password in it. */
function nowhere(url: string, password: string): string {
  if (url.startsWith('s3:')) {
    return url.replace(/127\.0\.0\.1(:|%3A)\d+/, '127.0.0.1$11').replace('s3://', `s3://key:${password}@`);
  }
  const user = url.startsWith('redis:') ? '' : 'scott';
  const login = /^(?:etcd|vault|nats):/.test(url) ? '' : `${user}:${password}@`;
  return url.replace(/\/\/(?:[^/@]*@)?127\.0\.0\.1:\d+/, `//${login}127.0.0.1:1`);
}

function noteMigration(url: string, name: string, needs: string | null): Promise<unknown> {
  const mark = needs === null ? 'null' : `'${needs}'`;
  return ask(
    url,
    `insert into schema_migrations (name, steps, applied_at, needs) values ('${name}', 0, 0, ${mark})`,
  );
}
