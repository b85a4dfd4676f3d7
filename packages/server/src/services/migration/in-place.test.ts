/** What a move of contents leaves behind where it fails at its end, and who may write then. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { migrations } from '../../boot/migrations.ts';
import { placeOf } from '../../boot/recorded-stores.ts';
import { systemClock } from '../../kernel/clock.ts';
import { systemContext } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { memoryBlobs } from '../../stores/blobs/memory/driver.ts';
import type { BlobStore } from '../../stores/blobs/contract.ts';
import { configMemoryDriver } from '../../stores/config/memory/driver.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import { startContents } from '../contents/service.ts';
import { MemoryVault } from '../identity/testing.ts';
import type { MovedStores } from './api.ts';
import { migrateInPlace, type InPlaceOptions } from './in-place.ts';
import { contentsPlace, readMoved, type Places } from './moved.ts';
import { holdVault, leftBehind, settleMove } from './node-side.ts';
import { guardedTables } from './plan.ts';
import { giveUpMigration } from './service.ts';
import { readSide, writeSide } from './state.ts';

const url = parseStoreUrl('memory:');
const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
const at = (place: string): Places => ({ blobs: { variable: 'VOLVOX_BLOBS', place, shown: place } });

let db: Awaited<ReturnType<typeof openTestSql>>;
let source: MovedStores;
let target: MovedStores;
beforeEach(async () => {
  db = await openTestSql(migrations);
  const vault = new MemoryVault();
  const config = await configMemoryDriver.open(url, deps);
  const side = async (): Promise<MovedStores> => ({
    sql: db.sql,
    config,
    vault,
    blobs: await memoryBlobs.open(url, deps),
  });
  [source, target] = [await side(), await side()];
});
afterEach(() => db.close());

function move(over: Partial<InPlaceOptions> = {}): Promise<unknown> {
  return migrateInPlace({
    source,
    target,
    shared: new Set(['config', 'vault']),
    moved: ['VOLVOX_BLOBS'],
    names: { source: 'old', target: 'new' },
    places: at('new'),
    left: at('old'),
    keepGoing: false,
    signal: new AbortController().signal,
    clock: systemClock,
    progress: () => {},
    finish: async () => {},
    ...over,
  });
}

/** What a node on those stores does. @param place its own, or what its start made of that. @returns the blob's key @throws read_only */
async function put(blobs: BlobStore, place: string | Places): Promise<string> {
  const places = typeof place === 'string' ? at(place) : place;
  const { api } = startContents({
    ...{ sql: db.sql, blobs, place: contentsPlace(places), clock: systemClock, log: silentLogger },
    settings: { get: () => 1 as never },
  });
  const content = await api.write(systemContext(), Buffer.from('x'));
  await db.sql.transaction((tx) => api.attach(tx, newId(), content));
  return content.chunks[0]?.id ?? assert.fail();
}

/** A node starts. */
function start(place: string, nodes: () => Promise<readonly never[]> = async () => []): Promise<Places> {
  const stores = { sql: db.sql, registry: { nodes } };
  return settleMove({ stores, log: silentLogger, clock: systemClock, mostWaitMs: 1_500 }, at(place));
}

/** Loses the answer of the first commit after which the move looks done. */
function losingAnswer(sql: SqlStore): SqlStore {
  let lost = false;
  return new Proxy(sql, {
    get(real, key) {
      const member: unknown = Reflect.get(real, key);
      if (key !== 'transaction') return typeof member === 'function' ? member.bind(real) : member;
      return async (...asked: Parameters<SqlStore['transaction']>) => {
        const result = await real.transaction(...asked);
        if (lost || (await readMoved(real.reader)) === null) return result;
        lost = true;
        throw new Error('connection lost');
      };
    },
  });
}

const readOnly = (error: unknown): boolean => isAppError(error, 'read_only');

test('a move whose last answer is lost is not done: old nodes write on, and none begins on the new contents', async () => {
  await assert.rejects(move({ source: { ...source, sql: losingAnswer(db.sql) } }), /connection lost/);
  assert.equal(await readMoved(db.sql.reader), null);
  const id = await put(source.blobs, 'old');
  await move();
  assert.notEqual(await target.blobs.stat(id), null);
});

test('nobody is told of the new contents before the old ones take no more; a rerun tells them', async () => {
  const told: (string | undefined)[] = [];
  const finish = async (): Promise<void> => {
    told.push((await readMoved(db.sql.reader))?.row.phase, (await readSide(db.sql.reader, 'source'))?.phase);
    if (told.length === 2) throw new Error('vault away');
  };
  await assert.rejects(move({ finish }), /vault away/);
  await assert.rejects(put(source.blobs, 'old'), readOnly);
  await assert.rejects(move({ finish }), /moved there already/);
  assert.deepEqual(told, ['moved', 'done', 'moved', 'done']);
});

test('a node waits as long as it can where the registry does not say who is still there', async () => {
  await move();
  let asked = 0;
  await start('new', async () => {
    asked++;
    throw new Error('away');
  });
  assert.equal(asked, 2);
  await put(target.blobs, 'new');
});

test('of two nodes that start at once the slower leaves alone what came after the other', async () => {
  await move();
  await start('new', async () => {
    await start('new');
    await db.sql.guard(guardedTables);
    return [];
  });
  // The guard of whoever was next still holds.
  await assert.rejects(put(target.blobs, 'new'), readOnly);
});

test('giving up another move leaves alone where an earlier one went', async () => {
  await move();
  await start('new');
  const stopped = new AbortController();
  stopped.abort(new Error('stopped'));
  const next = { places: at('newer'), names: { source: 'new', target: 'newer' }, signal: stopped.signal };
  await put(target.blobs, 'new');
  await assert.rejects(
    move({ ...next, source: target, target: { ...source, blobs: await memoryBlobs.open(url, deps) } }),
    /stopped/,
  );
  assert.equal(await giveUpMigration(db.sql, systemClock, at('new')), true);
  assert.equal((await readMoved(db.sql.reader))?.places['blobs']?.place, 'new');
  await assert.rejects(start('old'), /VOLVOX_BLOBS was moved to new/);
});

test('a node that slept through the move adds nothing on the old contents; giving the move up lets it', async () => {
  await put(source.blobs, 'old');
  await move();
  await start('new');
  const asleep = (error: unknown): boolean =>
    isAppError(error, 'unavailable') && error.details['reason'] === 'contents_moved';
  await assert.rejects(put(source.blobs, 'old'), asleep);
  await put(target.blobs, 'new');
  assert.equal(await giveUpMigration(db.sql, systemClock, at('old')), true);
  await put(source.blobs, 'old');
});

test('giving up one store leaves alone where another went, and where the one had been before', async () => {
  const documents = (place: string): Places => ({
    documents: { variable: 'VOLVOX_DOCUMENTS', place, shown: place },
  });
  const startAt = (own: Places): Promise<Places> =>
    settleMove(
      {
        stores: { sql: db.sql, registry: { nodes: async () => [] } },
        log: silentLogger,
        clock: systemClock,
        mostWaitMs: 1_500,
      },
      own,
    );
  await move();
  await start('new');
  const only = { shared: new Set(['config', 'vault', 'blobs'] as const), moved: ['VOLVOX_DOCUMENTS'] };
  const search = async (from: string, to: string): Promise<void> => {
    await move({
      ...only,
      places: documents(to),
      left: documents(from),
      names: { source: from, target: to },
    });
    await startAt({ ...at('new'), ...documents(to) });
  };
  await search('s1', 's2');
  await search('s2', 's3');
  assert.equal(await giveUpMigration(db.sql, systemClock, { ...at('new'), ...documents('s2') }), true);
  await startAt({ ...at('new'), ...documents('s2') });
  await put(target.blobs, 'new');
  await assert.rejects(startAt({ ...at('old'), ...documents('s2') }), /VOLVOX_BLOBS was moved to new/);
  await assert.rejects(startAt({ ...at('new'), ...documents('s1') }), /VOLVOX_DOCUMENTS was moved to s2/);
  // Back to where it began: there is nothing to tell of any more.
  await giveUpMigration(db.sql, systemClock, { ...at('new'), ...documents('s1') });
  await startAt({ ...at('new'), ...documents('s1') });
  await assert.rejects(put(source.blobs, 'old'), { details: { reason: 'contents_moved' } });
});

test('giving up that is cut off anywhere is done by giving up again', async () => {
  for (let cutAt = 1, cut = true; cut; cutAt++) {
    await move({ target: { ...target, blobs: await memoryBlobs.open(url, deps) } });
    await start('new');
    let transactions = 0;
    cut = false;
    const sql = new Proxy(db.sql, {
      get(real, key) {
        const member: unknown = Reflect.get(real, key);
        if (key !== 'transaction') return typeof member === 'function' ? member.bind(real) : member;
        return async (...asked: Parameters<SqlStore['transaction']>) => {
          cut ||= ++transactions === cutAt;
          if (cut) throw new Error('cut off');
          return real.transaction(...asked);
        };
      },
    });
    const given = giveUpMigration(sql, systemClock, at('old'));
    if (
      !(await given.then(
        () => true,
        () => false,
      ))
    )
      await giveUpMigration(db.sql, systemClock, at('old'));
    await put(source.blobs, 'old');
    assert.equal(await readMoved(db.sql.reader), null);
  }
});

test('giving up with the settings of now forgets the moves, and nodes go on there', async () => {
  await move();
  await start('new');
  assert.equal(await giveUpMigration(db.sql, systemClock, at('new')), true);
  assert.equal(await readMoved(db.sql.reader), null);
  await start('new');
  await put(target.blobs, 'new');
});

test('nodes that spell the new place in their own ways write side by side, and none on the old one does', async () => {
  const bucket = (endpoint: string): string => placeOf(parseStoreUrl(`s3://b/p?endpoint=${endpoint}`));
  const [old, recorded] = [bucket('http://old:9000'), bucket('http://new')];
  const others = [bucket('http://new:80/'), bucket('https://new')];
  const asleep = await start(old);
  await move({ places: at(recorded), left: at(old), names: { source: old, target: recorded } });
  // The first start is by another spelling already.
  for (const spelling of [...others, recorded]) {
    const places = await start(spelling);
    await put(target.blobs, places);
    assert.equal(await leftBehind(db.sql, at(spelling)), null);
  }
  for (const spelling of [old, bucket('https://old:9000')]) {
    await assert.rejects(start(spelling), /VOLVOX_BLOBS was moved to/);
    assert.match((await leftBehind(db.sql, at(spelling)))?.message ?? '', /VOLVOX_BLOBS was moved to/);
  }
  await assert.rejects(put(source.blobs, asleep), { details: { reason: 'contents_moved' } });

  // Back again, from a node with a spelling of its own.
  const [spelling = ''] = others;
  const sleepsNow = await start(spelling);
  await move({
    ...{ source: target, target: { ...source, blobs: await memoryBlobs.open(url, deps) } },
    ...{ places: at(old), left: at(spelling), names: { source: recorded, target: old } },
  });
  await put(source.blobs, await start(bucket('https://old:9000')));
  for (const left of [recorded, ...others]) await assert.rejects(start(left), /VOLVOX_BLOBS was moved to/);
  await assert.rejects(put(target.blobs, sleepsNow), { details: { reason: 'contents_moved' } });
});

test('what a version recorded that did not say what was left is read: the same servers start, others do not', async () => {
  const [recorded, spelled, other] = ['m1,m2', 'm2:27017,m1', 'm1,m3'].map((hosts) =>
    placeOf(parseStoreUrl(`mongodb://${hosts}/v`)),
  ) as [string, string, string];
  const peer = JSON.stringify(at(recorded));
  await writeSide(db.sql, { side: 'places', id: newId(), phase: 'taken', peer, updated_at: 0 });
  assert.deepEqual((await start(spelled))['blobs']?.place, recorded);
  await assert.rejects(start(other), /cannot be told/);
});

test('no node starts on stores that are being filled, however it spells them; those on the old ones do', async () => {
  const mongo = (hosts: string): string => placeOf(parseStoreUrl(`mongodb://${hosts}/v`));
  const stopped = new AbortController();
  stopped.abort(new Error('stopped'));
  await put(source.blobs, 'old');
  await assert.rejects(
    move({ places: at(mongo('c,d')), left: at(mongo('a,b,c')), signal: stopped.signal }),
    /stopped/,
  );
  for (const hosts of ['c,d', 'd:27017,c', 'd', 'c'])
    await assert.rejects(start(mongo(hosts)), /is being filled/);
  for (const hosts of ['a,b,c', 'c,b:27017,a', 'a']) await start(mongo(hosts));
});

test('no node starts on contents that are still being brought, until the move is done', async () => {
  await put(source.blobs, 'old');
  const stopped = new AbortController();
  stopped.abort(new Error('stopped'));
  await assert.rejects(move({ signal: stopped.signal }), /stopped/);
  await assert.rejects(start('new'), /VOLVOX_BLOBS \(new\) is being filled/);
  await start('old');
  await put(source.blobs, 'old');
  await move();
  await start('new');
});

test('secrets can be read, not changed, while a move holds everybody up', async () => {
  const vault = holdVault(source.vault, db.sql);
  await vault.put('mail', 'before');
  const progress: InPlaceOptions['progress'] = ({ stage }) => {
    if (stage === 'secrets') asked.push(assert.rejects(vault.put('mail', 'late'), readOnly));
  };
  const asked: Promise<void>[] = [];
  await move({ progress });
  assert.equal(asked.length, 1);
  await Promise.all(asked);
  await assert.rejects(vault.delete('mail'), readOnly);
  assert.equal(await vault.get('mail'), 'before');
  await start('new');
  await vault.put('mail', 'after');
});
