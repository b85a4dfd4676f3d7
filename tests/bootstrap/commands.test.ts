/** Commands where no node runs: each opens the stores that it needs, so that an outage of another is none of its business. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runCli, type CliResult } from '../harness/cli.ts';
import { makeDataFolder, type DataFolder } from '../harness/data-folder.ts';

/** Nothing listens there. */
const away: Readonly<Record<string, string>> = {
  VOLVOX_DOCUMENTS: 'mongodb://127.0.0.1:1/volvox',
  VOLVOX_BROKER: 'nats://127.0.0.1:1',
  VOLVOX_CACHE: 'redis://127.0.0.1:1',
  VOLVOX_REGISTRY: 'etcd://127.0.0.1:1/volvox',
  VOLVOX_BLOBS: 's3://key:secret@bucket/volvox?endpoint=http://127.0.0.1:1',
};

describe('a command while stores are away', { timeout: 300_000 }, () => {
  let data: DataFolder;
  const volvox = (args: string, env = away): Promise<CliResult> =>
    runCli(data.folder, args.split(' '), { env });
  before(async () => {
    data = await makeDataFolder();
    const made = await volvox('setup', {});
    assert.equal(made.code, 0, made.errors);
  });
  after(() => data.remove());

  for (const [name, env] of [
    ['MongoDB', { VOLVOX_DOCUMENTS: away['VOLVOX_DOCUMENTS'] ?? '' }],
    ['five stores', away],
  ] as const)
    test(`settings, users and tokens without ${name}`, async () => {
      for (const args of [
        'config set trash.keepDays 9',
        'config get trash.keepDays',
        'user list',
        'workspace list',
        'token add x --user admin --scope files:read',
        'token list --user admin',
      ]) {
        const { code, output, errors } = await volvox(args, env);
        assert.equal(code, 0, `${args}: ${errors}`);
        assert.notEqual(output, '', args);
      }
    });

  test('status says of each store what is wrong, and the check of all stores ends with 3', async () => {
    const shown = await volvox('status --json', { VOLVOX_DOCUMENTS: away['VOLVOX_DOCUMENTS'] ?? '' });
    const { stores } = JSON.parse(shown.output) as { stores: { kind: string; ok: boolean }[] };
    assert.deepEqual(
      stores.filter((store) => !store.ok).map((store) => store.kind),
      ['documents'],
    );
    const validated = await volvox('config validate');
    assert.equal(validated.code, 3, validated.errors);
    for (const kind of ['documents', 'broker', 'cache', 'registry', 'blobs'])
      assert.match(validated.errors, new RegExp(`^(volvox:| ) *${kind}: `, 'm'));
  });

  test('what needs a store that is away names it and ends with 3, without its password', async () => {
    const { code, errors } = await volvox('check');
    assert.equal(code, 3, errors);
    assert.match(errors, /VOLVOX_BLOBS \(s3:\/\/key:\*\*\*@bucket/);
    assert.doesNotMatch(errors, /secret/);
  });
});
