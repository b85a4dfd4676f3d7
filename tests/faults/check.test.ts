/** `volvox check` finds each kind of damage by name; `--repair` mends what it can and loses nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runCli, type CliResult } from '../harness/cli.ts';
import type { DataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { beyondRepair, mendable, nodes, type Damage, type Finding, type Ids } from './damages.ts';

const exit = { done: 0, failed: 1 } as const;

interface Report {
  readonly findings: readonly Finding[];
  readonly total: number;
  readonly repaired: number;
}

async function prepare(server: ServerProcess): Promise<Ids> {
  const ids: Record<string, string> = {};
  for (const [key, path] of Object.entries(nodes)) {
    const made = path.endsWith('/')
      ? await server.request('MKCOL', `/dav/common/${path}`)
      : await server.request('PUT', `/dav/common/${path}`, { body: `text of ${path}` });
    assert.equal(made.status, 201);
    const found = await server.client.call('lookupNode', {
      query: { path: `/common/${path.replace(/\/$/, '')}` },
    });
    ids[key] = found.id;
  }
  for (const path of [nodes.chunky, nodes.stray]) {
    const put = await server.request('PUT', `/dav/common/${path}`, { body: `text of ${path}` });
    assert.equal(put.status, 204, 'a second version');
  }
  // Rolls up the sizes: a gap in the journal would otherwise take from them, too.
  await server.client.call('runCheck', { body: {} });
  return ids as Ids;
}

describe('volvox check', { concurrency: 2 }, () => {
  let template: Template<Ids>;
  before(async () => {
    template = await makeTemplate(prepare);
  });
  after(() => template.remove());

  const withCopy = async (work: (data: DataFolder) => Promise<void>): Promise<void> => {
    const data = await template.copy();
    try {
      await work(data);
    } finally {
      await data.remove();
    }
  };

  test('finds nothing where nothing is wrong', () =>
    withCopy(async ({ folder }) => {
      const check = await runCli(folder, ['check', '--deep', '--repair']);
      assert.equal(check.code, exit.done, check.output + check.errors);
      assert.match(check.output, /everything is consistent/);
    }));

  test(`names ${Object.keys(mendable).join(', ')}, and mends all of it`, { timeout: 180_000 }, () =>
    withCopy(async (data) => {
      const expected = await damageAll(data.folder, mendable, template.state);
      const found = await check(data.folder, []);
      assert.equal(found.code, exit.failed);
      assert.deepEqual(found.findings, expected);
      const repaired = await check(data.folder, ['--repair']);
      assert.equal(repaired.code, exit.done);
      assert.deepEqual(repaired.findings, expected, 'looking alone had changed nothing');
      await nothingLeftAndNothingLost(data);
    }),
  );

  test(`names ${Object.keys(beyondRepair).join(', ')}, and touches none of it`, { timeout: 180_000 }, () =>
    withCopy(async (data) => {
      const expected = await damageAll(data.folder, beyondRepair, template.state);
      const first = await check(data.folder, ['--repair']);
      assert.equal(first.code, exit.failed);
      assert.deepEqual(first.findings, expected);
      const second = await check(data.folder, ['--repair']);
      assert.deepEqual(second.findings, expected, 'it is as it was');
    }),
  );
});

async function damageAll(
  folder: string,
  damages: Readonly<Record<string, Damage>>,
  ids: Ids,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const damage of Object.values(damages)) findings.push(await damage(folder, ids));
  return sorted(findings);
}

async function check(
  folder: string,
  flags: readonly string[],
): Promise<{ readonly code: number | null; readonly findings: readonly Finding[] }> {
  const result: CliResult = await runCli(folder, ['check', '--deep', '--json', ...flags]);
  assert.ok(result.output.startsWith('{'), result.output + result.errors);
  const report = JSON.parse(result.output) as Report;
  return { code: result.code, findings: sorted(report.findings) };
}

const sorted = (findings: readonly Finding[]): readonly Finding[] =>
  findings
    .map(({ kind, id, repairable }) => ({ kind, id, repairable }))
    .sort((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));

async function nothingLeftAndNothingLost(data: DataFolder): Promise<void> {
  const server = await startServer(data);
  try {
    assert.deepEqual((await server.client.call('runCheck', { body: { deep: true } })).findings, []);
    await server.collect();
    for (const path of Object.values(nodes)) {
      if (path.endsWith('/')) continue;
      const read = await server.request('GET', `/dav/common/${path}`);
      assert.equal(await read.text(), `text of ${path}`);
    }
  } finally {
    await server.kill('SIGKILL');
  }
}
