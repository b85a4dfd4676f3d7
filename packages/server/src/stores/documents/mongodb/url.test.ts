import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { isAppError } from '../../../kernel/errors.ts';
import { checkParameters, parseStoreUrl } from '../../../kernel/store-url.ts';
import { parameters, targetOf } from './url.ts';

const target = (text: string) => {
  const url = parseStoreUrl(text);
  checkParameters('VOLVOX_DOCUMENTS', url, parameters);
  return targetOf(url, 'full');
};

test('hosts, database and known options reach the client as written, credentials apart', () => {
  const { connection, options, database, hosts } = target(
    'mongodb://ann:p%40ss:word@h1,h2:27018,[::1]:27019/files?replicaSet=rs0&authSource=admin&readPreference=nearest',
  );
  assert.equal(
    connection,
    'mongodb://h1:27017,h2:27018,[::1]:27019/files?replicaSet=rs0&authSource=admin&readPreference=nearest',
  );
  assert.deepEqual(options.auth, { username: 'ann', password: 'p@ss:word' });
  assert.equal(options.tls, false);
  assert.deepEqual([database, hosts], ['files', 'h1:27017, h2:27018, [::1]:27019']);
  assert.deepEqual(options.writeConcern, { w: 'majority', wtimeoutMS: 7000, journal: true });
});

test('a line copied from a provider works: DNS names, TLS by default, retryWrites, w and appName', () => {
  const { connection, options, database } = target(
    'mongodb+srv://ann:secret@cluster0.example.net/?retryWrites=true&w=majority&appName=Cluster0',
  );
  assert.equal(connection, 'mongodb+srv://cluster0.example.net/volvox?retryWrites=true&appName=Cluster0');
  assert.equal(database, 'volvox');
  assert.deepEqual([options.tls, options.rejectUnauthorized, options.appName], [true, true, undefined]);
  assert.equal(target('mongodb://h?tls=true&tlsInsecure=true').options.rejectUnauthorized, false);
});

test('refuses what cannot be meant, without showing the password', () => {
  const wrong = [
    'mongodb:',
    'mongodb:///db',
    'mongodb://ann:geheim@h/a/b',
    'mongodb://ann:geheim@h/a.b',
    'mongodb://ann:geheim@h/db?w=1',
    'mongodb://ann:geheim@h/db?tlsCA=/nowhere&tls=true',
    'mongodb://ann:geheim@h/db?wtimeout=1',
    'mongodb+srv://ann:geheim@h:27017/db',
  ];
  for (const text of wrong) {
    assert.throws(
      () => target(text),
      (error) => isAppError(error, 'invalid_input') && !inspect(error, { depth: 9 }).includes('geheim'),
      text,
    );
  }
});
