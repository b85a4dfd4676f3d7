/** Which nodes count as being on a store that was moved, by the URLs that administrators write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from '../../boot/recorded-stores.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { strayOf, withLeft, type Places } from './moved.ts';
import { likenessOf, whereaboutsOf, type Likeness } from './places.ts';
import type { MigrationStateTable } from './tables.ts';

const at = (url: string): string => placeOf(parseStoreUrl(url));
const s3 = (endpoint: string, path = 'b/p'): string => `s3://${path}?endpoint=${endpoint}`;

const likenesses: readonly (readonly [Likeness, string, string])[] = [
  ['same', 'mongodb://m1,m2,m3/v', 'mongodb://m3,m1,m2/v?replicaSet=r'],
  ['same', 'mongodb://m1,m2/v', 'mongodb://M1:27017,m2:27017,m1/v'],
  ['same', 'mongodb://u:p@m1', 'mongodb://m1/volvox/'],
  ['overlapping', 'mongodb://m1,m2,m3/v', 'mongodb://m1,m2,m4/v'],
  ['overlapping', 'mongodb://m1/v', 'mongodb://m1,m2/v'],
  ['different', 'mongodb://m1,m2/v', 'mongodb://m1,m2/w'],
  ['different', 'mongodb://m1/v', 'mongodb://m1:27018/v'],
  ['different', 'mongodb://m1/v', 'mongodb://m2/v'],
  ['different', 'mongodb://m1/v', 'mongodb+srv://m1/v'],
  ['different', 'mongodb://localhost/v', 'mongodb://127.0.0.1/v'],
  ['same', 'etcd://e1,e2/', 'etcd://e2:2379,e1:2379/volvox?tls=true'],
  ['overlapping', 'etcd://e1,e2,e3/v', 'etcd://e1,e2,e4/v'],
  ['different', 'etcd://e1/v', 'etcd://e1/v/w'],
  ['same', 'redis://r/', 'rediss://r:6379/0'],
  ['different', 'redis://r/0', 'redis://r/1'],
  ['same', 'nats://n1,n2', 'nats://n2:4222,n1/volvox'],
  ['same', 'vault://h/secret/v', 'vault://h:8200/secret/v/'],
  ['different', 'vault://h/secret/v', 'vault://h/secret/w'],
  ['same', s3('http://s3:9000'), s3('https://s3:9000/')],
  ['same', s3('http://s3:9000'), s3('http://S3:9000', 'b/p/')],
  ['same', s3('https://s3'), s3('https://s3:443')],
  ['overlapping', s3('http://s3'), s3('https://s3')],
  ['different', s3('http://s3'), s3('https://s3:9000')],
  ['different', s3('http://s3'), s3('http://s4')],
  ['different', s3('http://s3/a'), s3('http://s3/b')],
  ['different', s3('http://s3'), s3('http://s3', 'b/q')],
  ['different', s3('http://s3'), s3('http://s3', 'B/p')],
  ['different', s3('http://s3'), 's3://b/p'],
  ['same', 's3://b/p', 's3://b/p/'],
  ['same', 'file:/data/blobs', 'file:/data/x/../blobs'],
  ['different', 'file:/data/blobs', 'file:/data/blobs2'],
  ['different', 'file:/data', 'sqlite:/data'],
  ['different', 'file:/data', 'memory:'],
];

for (const [likeness, one, other] of likenesses)
  test(`${one} and ${other}: ${likeness}`, () => {
    assert.deepEqual([likenessOf(at(one), at(other)), likenessOf(at(other), at(one))], [likeness, likeness]);
  });

test('a place that cannot be read is like nothing but itself', () => {
  const good = at('etcd://h/v');
  for (const bad of ['', 'etcd', '[]', 'null', '["etcd",[],"v"]', '["etcd",["h"],"v",""]'])
    assert.deepEqual([likenessOf(bad, bad), likenessOf(bad, good)], ['same', 'different']);
});

interface Moved {
  readonly from: string | null;
  readonly to: string;
  readonly there?: readonly string[];
  readonly elsewhere?: readonly string[];
  readonly unclear?: readonly string[];
}

const mongo = (hosts: string, name = 'v'): string => `mongodb://${hosts}/${name}`;
const moves: readonly Moved[] = [
  {
    from: mongo('x1,x2,x3'),
    to: mongo('a,b,c'),
    there: [mongo('a,b,c'), mongo('c,a,b'), mongo('a:27017,b,c'), mongo('a,b,d'), mongo('c')],
    elsewhere: [
      mongo('x1,x2,x3'),
      mongo('x3,x2'),
      mongo('y'),
      mongo('a,b,c', 'w'),
      'sqlite:/data/documents.db',
    ],
    unclear: [mongo('a,x1')],
  },
  {
    // The new cluster took over a server of the old one.
    from: mongo('a,b,c'),
    to: mongo('c,d,e'),
    there: [mongo('c,d,e'), mongo('e,d,c:27017'), mongo('d,e'), mongo('d,e,f')],
    elsewhere: [mongo('a,b,c'), mongo('c,b,a'), mongo('a,b')],
    unclear: [mongo('c'), mongo('a,d'), mongo('b,c,d')],
  },
  {
    // Grown, or shrunk: the old one is all in the new one.
    from: mongo('a'),
    to: mongo('a,b'),
    there: [mongo('a,b'), mongo('b,a'), mongo('b')],
    elsewhere: [mongo('a'), mongo('a:27017')],
    unclear: [mongo('a,c')],
  },
  {
    from: mongo('h', 'v1'),
    to: mongo('h', 'v2'),
    there: [mongo('h:27017', 'v2'), mongo('h,i', 'v2')],
    elsewhere: [mongo('h', 'v1'), mongo('i,h', 'v1')],
  },
  {
    // Nothing but the spelling was changed.
    from: mongo('a,b'),
    to: mongo('b,a:27017'),
    there: [mongo('a,b'), mongo('b,a:27017'), mongo('a,c')],
    elsewhere: [mongo('c')],
  },
  {
    from: s3('http://old:9000'),
    to: s3('http://s3'),
    there: [s3('https://s3'), s3('http://s3:80')],
    elsewhere: [s3('http://old:9000'), s3('https://old:9000'), s3('http://s3:9000')],
  },
  {
    from: s3('http://s3'),
    to: s3('https://s3'),
    there: [s3('https://s3:443')],
    elsewhere: [s3('http://s3'), s3('http://s3:80/')],
  },
  {
    // Recorded by a version that did not say what was left.
    from: null,
    to: mongo('a,b,c'),
    there: [mongo('a,b,c'), mongo('c,b,a:27017')],
    elsewhere: [mongo('x'), mongo('a,b,c', 'w')],
    unclear: [mongo('a,b,d'), mongo('a'), mongo('a,b,c,d')],
  },
];

const placesAt = (url: string): Places => ({
  documents: { variable: 'VOLVOX_DOCUMENTS', place: at(url), shown: url },
});
for (const { from, to, ...wanted } of moves)
  test(`moved from ${from ?? 'somewhere'} to ${to}`, () => {
    const target = placesAt(to);
    const record = (from === null ? target : withLeft(target, placesAt(from)))['documents'] ?? assert.fail();
    for (const where of ['there', 'elsewhere', 'unclear'] as const)
      for (const own of wanted[where] ?? []) assert.equal(whereaboutsOf(at(own), record), where, own);
  });

/** What is recorded after moves from each to the next. */
const movedAlong = (...urls: readonly string[]): Places =>
  urls
    .slice(1)
    .reduce<Places>((before, url, index) => withLeft(placesAt(url), placesAt(urls[index] ?? ''), before), {});
const row: MigrationStateTable = { side: 'places', id: 'id', phase: 'taken', peer: '', updated_at: 0 };
const refusalOf = (places: Places, own: string): string =>
  strayOf({ row, places }, placesAt(own))?.message ?? 'starts';

test('there and back: the first store serves again, the second is refused', () => {
  const places = movedAlong(mongo('a,b'), mongo('x,y'), mongo('a,b'));
  assert.deepEqual(places['documents']?.left, [at(mongo('x,y'))]);
  for (const own of [mongo('a,b'), mongo('b,a'), mongo('a,c')])
    assert.equal(refusalOf(places, own), 'starts');
  for (const own of [mongo('x,y'), mongo('y,x')]) assert.match(refusalOf(places, own), /was moved to/);
});

test('a store that was left two moves ago is still refused, also by another spelling', () => {
  const places = movedAlong(mongo('a,b,c'), mongo('x'), mongo('c,d,e'));
  for (const own of [mongo('a,b,c'), mongo('c,b,a'), mongo('c'), mongo('x')])
    assert.notEqual(refusalOf(places, own), 'starts', own);
  assert.equal(refusalOf(places, mongo('d,e,f')), 'starts');
});

test('what was recorded without what was left stays so: nothing but the same servers is let in', () => {
  const places = withLeft(placesAt(mongo('c,d')), placesAt(mongo('x')), placesAt(mongo('x')));
  assert.equal(places['documents']?.left, undefined);
  assert.equal(refusalOf(places, mongo('d,c')), 'starts');
  assert.notEqual(refusalOf(places, mongo('c,e')), 'starts');
});

test('a node moved by another spelling than was recorded leaves both', () => {
  const before = movedAlong(mongo('o'), mongo('a,b'));
  const places = withLeft(placesAt(mongo('b,n')), placesAt(mongo('a,c')), before);
  for (const own of [mongo('a,b'), mongo('a,c'), mongo('c'), mongo('a')])
    assert.notEqual(refusalOf(places, own), 'starts', own);
});

test('a refusal says where to, and where it cannot be told which store is meant how to go on', () => {
  const places = movedAlong(mongo('a,b,c'), mongo('c,d,e'));
  assert.match(
    refusalOf(places, mongo('a,b,c')),
    /^VOLVOX_DOCUMENTS was moved to mongodb:\/\/c,d,e\/v: use that here/,
  );
  assert.match(
    refusalOf(places, mongo('a,d')),
    /moved to mongodb:\/\/c,d,e\/v, and whether mongodb:\/\/a,d\/v .* cannot be told: name it as .* --abort/,
  );
});
