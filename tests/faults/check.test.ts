/** `volvox check` finds each kind of damage by name, whether a node runs or not; `--repair` mends what it can and loses nothing. */
import assert from 'node:assert/strict';
import { rm, stat } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Database } from 'better-sqlite3';
import { addOrphan, blobFile, chunkOf, flipByte, withDatabase } from '../harness/blob-files.ts';
import { runCli, type CliResult } from '../harness/cli.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';

const exit = { done: 0, failed: 1 } as const;

interface State {
  readonly kept: string;
  readonly old: string;
  readonly folder: string;
  readonly inner: string;
  readonly empty: string;
}

interface Report {
  readonly findings: readonly { readonly kind: string; readonly id: string; readonly repairable: boolean }[];
  readonly total: number;
  readonly repaired: number;
}

async function prepare(server: ServerProcess): Promise<State> {
  const idOf = async (path: string): Promise<string> =>
    (await server.client.call('lookupNode', { query: { path: `/common/${path}` } })).id;
  for (const path of ['folder', 'folder/inner', 'empty'])
    assert.equal((await server.request('MKCOL', `/dav/common/${path}`)).status, 201);
  for (const path of ['kept', 'old', 'folder/a', 'folder/inner/b'])
    assert.equal(
      (await server.request('PUT', `/dav/common/${path}`, { body: `text of ${path}` })).status,
      201,
    );
  assert.equal((await server.request('PUT', '/dav/common/old', { body: 'newer' })).status, 204);
  return {
    kept: await idOf('kept'),
    old: await idOf('old'),
    folder: await idOf('folder'),
    inner: await idOf('folder/inner'),
    empty: await idOf('empty'),
  };
}

interface Damage {
  readonly kind: string;
  readonly mends: boolean;
  /** @returns what the finding calls it */
  do(folder: string, state: State): Promise<string> | string;
}

const edit = (folder: string, work: (database: Database) => void): void =>
  withDatabase(folder, (database) => {
    database.pragma('foreign_keys = off');
    work(database);
  });

const pluck = (folder: string, sql: string, ...values: unknown[]): string =>
  withDatabase(folder, (database) =>
    String(
      database
        .prepare(sql)
        .pluck()
        .get(...values),
    ),
  );

const damages: Readonly<Record<string, Damage>> = {
  'a blob that nothing knows': {
    kind: 'orphan_blob',
    mends: true,
    do: (folder, { kept }) => addOrphan(folder, chunkOf(folder, kept)),
  },
  'a chunk that nothing refers to': {
    kind: 'orphan_chunk',
    mends: true,
    do(folder, { old }) {
      const key = pluck(
        folder,
        'select chunk_id from version_chunks join versions on versions.id = version_id where node_id = ? order by versions.id',
        old,
      );
      // With its version, so that this is the only fault.
      edit(folder, (database) => {
        database
          .prepare(
            'delete from versions where id in (select version_id from version_chunks where chunk_id = ?)',
          )
          .run(key);
        database.prepare('delete from version_chunks where chunk_id = ?').run(key);
      });
      return key;
    },
  },
  'a missing blob': {
    kind: 'missing_blob',
    mends: false,
    async do(folder, { kept }) {
      const key = chunkOf(folder, kept);
      await rm(blobFile(folder, key));
      return key;
    },
  },
  'a blob with a wrong hash': {
    kind: 'wrong_hash',
    mends: false,
    async do(folder, { kept }) {
      const key = chunkOf(folder, kept);
      await flipByte(blobFile(folder, key));
      return key;
    },
  },
  'a folder whose parent is gone': {
    kind: 'broken_tree',
    mends: false,
    do(folder, { empty }) {
      edit(
        folder,
        (database) => void database.prepare("update nodes set parent_id = 'nowhere' where id = ?").run(empty),
      );
      return empty;
    },
  },
  'folders that hang in one another': {
    kind: 'broken_tree',
    mends: false,
    do(folder, { empty }) {
      edit(
        folder,
        (database) => void database.prepare('update nodes set parent_id = id where id = ?').run(empty),
      );
      return empty;
    },
  },
  'a wrong sort key': {
    kind: 'broken_tree',
    mends: true,
    do(folder, { kept }) {
      edit(
        folder,
        (database) => void database.prepare("update nodes set sort_key = 'zzz' where id = ?").run(kept),
      );
      return kept;
    },
  },
  'a folder with a wrong size': {
    kind: 'size_drift',
    mends: true,
    do(folder, { inner }) {
      edit(
        folder,
        (database) => void database.prepare('update nodes set size = size + 1000 where id = ?').run(inner),
      );
      return inner;
    },
  },
  'a file whose version is gone': {
    kind: 'broken_version',
    mends: false,
    do(folder, { kept }) {
      edit(folder, (database) => {
        const version = database.prepare('select version_id from nodes where id = ?').pluck().get(kept);
        database.prepare('update versions set node_id = ? where id = ?').run(kept, version);
        database.prepare('update nodes set size = size + 5 where id = ?').run(kept);
        database
          .prepare(
            'update nodes set size = size + 5 where kind = 0 and id in (select parent_id from nodes where id = ?)',
          )
          .run(kept);
      });
      return kept;
    },
  },
  'a version that belongs to no file': {
    kind: 'broken_version',
    mends: true,
    do(folder, { old }) {
      const id = pluck(folder, 'select id from versions where node_id = ? order by id', old);
      edit(
        folder,
        (database) => void database.prepare("update versions set node_id = 'nobody' where id = ?").run(id),
      );
      return id;
    },
  },
  'a gap in the journal': {
    kind: 'broken_journal',
    mends: false,
    do(folder) {
      const seq = Number(pluck(folder, 'select max(seq) / 2 from journal'));
      edit(folder, (database) => void database.prepare('delete from journal where seq = ?').run(seq));
      return pluck(folder, 'select id from journal where seq = ?', seq + 1);
    },
  },
};

const reportOf = ({ output, errors }: CliResult): Report => {
  assert.ok(output.startsWith('{'), output + errors);
  return JSON.parse(output) as Report;
};

describe('volvox check', { concurrency: 2 }, () => {
  let template: Template<State>;
  before(async () => {
    template = await makeTemplate(prepare);
  });
  after(() => template.remove());

  test('finds nothing where nothing is wrong', async () => {
    const data = await template.copy();
    const check = await runCli(data.folder, ['check', '--deep', '--repair']);
    assert.equal(check.code, exit.done, check.output + check.errors);
    assert.match(check.output, /everything is consistent/);
    await data.remove();
  });

  for (const [what, damage] of Object.entries(damages)) {
    test(`names ${what}${damage.mends ? ' and mends it' : ''}`, { timeout: 90_000 }, async () => {
      const data = await template.copy();
      try {
        await namesAndMends(data, damage, template.state);
      } finally {
        await data.remove();
      }
    });
  }
});

async function namesAndMends(
  data: Awaited<ReturnType<Template<State>['copy']>>,
  damage: Damage,
  state: State,
): Promise<void> {
  const id = await damage.do(data.folder, state);
  const found = await runCli(data.folder, ['check', '--deep', '--json']);
  assert.equal(found.code, exit.failed, found.output + found.errors);
  const expected = [{ kind: damage.kind, id, repairable: damage.mends }];
  const seen = (report: Report) =>
    report.findings.map(({ kind, id: of, repairable }) => ({ kind, id: of, repairable }));
  assert.deepEqual(seen(reportOf(found)), expected);

  const repaired = await runCli(data.folder, ['check', '--deep', '--repair', '--json']);
  assert.deepEqual(seen(reportOf(repaired)), expected, 'looking alone has changed nothing');
  assert.equal(repaired.code, damage.mends ? exit.done : exit.failed);

  const server = await startServer(data);
  try {
    const { findings } = await server.client.call('runCheck', { body: { deep: true } });
    assert.deepEqual(
      seen({ findings, total: 0, repaired: 0 }),
      damage.mends ? [] : expected,
      'no less and no more',
    );
    if (damage.mends) await nothingLost(server, data.folder, state);
  } finally {
    await server.kill('SIGKILL');
  }
}

async function nothingLost(server: ServerProcess, folder: string, state: State): Promise<void> {
  await server.collect();
  for (const path of ['kept', 'folder/a', 'folder/inner/b']) {
    const read = await server.request('GET', `/dav/common/${path}`);
    assert.equal(await read.text(), `text of ${path}`);
  }
  assert.equal(await (await server.request('GET', '/dav/common/old')).text(), 'newer');
  assert.ok(await stat(blobFile(folder, chunkOf(folder, state.kept))));
}
