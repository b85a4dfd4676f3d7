import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { silentLogger } from '../../../kernel/logger.ts';
import { migrations, queries, thing } from '../contract.schema.ts';
import { Checkpointer } from '../../clients/sqlite/checkpointer.ts';
import { Connection } from './connection.ts';
import { stateOf, type WalState } from '../../clients/sqlite/wal-state.ts';
import { Writer } from './writer.ts';

let folder: string;
let connection: Connection;
let writer: Writer;
let checkpointer: Checkpointer;
/** Checkpoints that were asked for and not answered yet. */
let asked: PromiseWithResolvers<WalState>[];
let rows = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'volvox-checkpoint-'));
  connection = new Connection(join(folder, 'x.db'), { busyMs: 0, cacheMiB: 1 });
  connection.native.pragma('journal_mode = wal');
  connection.native.pragma('wal_autocheckpoint = 0');
  for (const statement of migrations[0]?.up.sqlite ?? []) connection.exec(statement);
  const onCommit = (): void => checkpointer.committed();
  writer = new Writer({
    connection,
    sync: null,
    log: silentLogger,
    stuckMs: 500,
    onCommit,
    makeRoom: async () => {},
  });
  asked = [];
  const thread = {
    checkpoint: (): Promise<WalState> => {
      const answer = Promise.withResolvers<WalState>();
      asked.push(answer);
      return answer.promise;
    },
    close: async () => {},
  };
  checkpointer = new Checkpointer(connection.native, writer, thread, silentLogger, 100);
});

afterEach(async () => {
  await writer.close();
  connection.close();
  await rm(folder, { recursive: true });
});

const write = (): Promise<number> =>
  writer.submit((tx) => tx.run(queries.insert, thing(`${rows++}`, { text: 'x'.repeat(3000) })));
const logPages = (): number => stateOf(connection.native.prepare('pragma wal_checkpoint(noop)').get()).log;

async function writeUntil(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 5000 && !condition(); i++) await write();
  assert.ok(condition());
}

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

/** What the real thread would do. */
function answer(index: number): void {
  asked[index]?.resolve(stateOf(connection.native.prepare('pragma wal_checkpoint(passive)').get()));
}

test('lets the writer go on during the first pass, holds it for the last, and begins the log anew', async () => {
  await writeUntil(() => asked.length === 1);
  await write();
  const before = writer.commits;
  answer(0);
  await turns();
  assert.equal(asked.length, 2);
  const held = write();
  await turns();
  assert.equal(writer.commits, before);
  answer(1);
  await held;
  assert.ok(logPages() < 20, `${logPages()} pages`);
  await checkpointer.stop();
});

test('takes further passes while much is left', async () => {
  await writeUntil(() => asked.length === 1);
  asked[0]?.resolve({ log: 1000, checkpointed: 100 });
  await turns();
  await write();
  asked[1]?.resolve({ log: 1100, checkpointed: 1000 });
  await turns();
  const held = write();
  await turns();
  assert.equal(asked.length, 3);
  answer(2);
  await held;
  await checkpointer.stop();
});

test('holds the writer when the log gets four times too long before the checkpoint is done', async () => {
  await writeUntil(() => asked.length === 1);
  let waiting = 0;
  for (let i = 0; i < 1000; i++) {
    waiting++;
    void write().then(() => waiting--);
    await turns();
    if (waiting > 5) break;
  }
  assert.ok(waiting > 5);
  assert.ok(logPages() < 500, `${logPages()} pages`);
  answer(0);
  await turns();
  answer(1);
  await turns();
  assert.equal(waiting, 0);
  await checkpointer.stop();
});

test('releases the writer when a checkpoint fails, and tries again when there is more', async () => {
  await writeUntil(() => asked.length === 1);
  asked[0]?.reject(new Error('thread died'));
  await turns();
  await write();
  const pages = logPages();
  await writeUntil(() => asked.length === 2);
  assert.ok(logPages() >= pages + 50);
  answer(1);
  await turns();
  answer(2);
  await checkpointer.stop();
});

test('leaves a log alone that a reader holds, until there is as much more', async () => {
  await writeUntil(() => asked.length === 1);
  const log = logPages();
  asked[0]?.resolve({ log, checkpointed: log - 50 });
  await turns();
  asked[1]?.resolve({ log, checkpointed: log - 50 });
  await turns();
  await writeUntil(() => logPages() > log + 80);
  assert.equal(asked.length, 2);
  await writeUntil(() => asked.length === 3);
  answer(2);
  await turns();
  answer(3);
  await checkpointer.stop();
});
