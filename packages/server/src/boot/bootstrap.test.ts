import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../kernel/errors.ts';
import type { Environment } from './bootstrap.ts';
import { variables } from './variables.ts';
import { readBootstrap } from './read-bootstrap.ts';

function faultsOf(environment: Environment, flags: Environment = {}): readonly string[] {
  try {
    readBootstrap(environment, flags, 'host');
    return [];
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'invalid_input');
    for (const fault of error.details['faults'] as string[]) assert.ok(error.message.includes(fault));
    return error.details['faults'] as string[];
  }
}

test('without any variable everything is embedded, below one folder', () => {
  const { data, listen, stores, durability } = readBootstrap({}, {}, 'host');
  assert.equal(data, `${process.cwd()}/data`);
  assert.deepEqual([listen.host, listen.port, durability], ['127.0.0.1', 8080, 'full']);
  assert.equal(stores.sql.path, `${data}/volvox.db`);
  assert.equal(stores.broker.scheme, 'memory');
});

test('names every fault at once, each with its variable', () => {
  const faults = faultsOf({
    VOLVOX_LISTEN: 'nowhere',
    VOLVOX_URL: 'ftp://x',
    VOLVOX_NODE_NAME: 'a b',
    VOLVOX_LOG_LEVEL: 'loud',
    VOLVOX_LOG_FORMAT: 'xml',
    VOLVOX_TLS_CERT: 'cert.pem',
    VOLVOX_TRUST_PROXY: 'everybody',
    VOLVOX_DURABILITY: 'maybe',
    VOLVOX_ADMIN_LOGIN: 'admin',
    VOLVOX_SQL: 'oracle://host/db',
    VOLVOX_BLOBS: 'file:./blobs?colour=red',
    VOLVOX_CACHE: 'no url',
    VOLVOX_TYPO: '1',
  });
  const named = [
    'LISTEN',
    'URL',
    'NODE_NAME',
    'LOG_LEVEL',
    'LOG_FORMAT',
    'TLS_CERT',
    'TRUST_PROXY',
    'DURABILITY',
  ];
  for (const name of [...named, 'ADMIN_LOGIN', 'SQL', 'BLOBS', 'CACHE', 'TYPO'])
    assert.equal(
      faults.filter((fault) => fault.startsWith(`VOLVOX_${name}`)).length,
      1,
      `${name}: ${faults.join('; ')}`,
    );
  assert.equal(faults.length, 13);
});

test('a password in a URL is in no fault', () => {
  const faults = faultsOf({
    VOLVOX_SQL: 'oracle://me:hunter2@host/db',
    VOLVOX_BLOBS: 's3://k:hunter2@h/b?x=1',
    VOLVOX_URL: 'mysql://me:hunter2@host/db',
  });
  assert.equal(faults.length, 3);
  assert.ok(!faults.join().includes('hunter2'));
});

test('a flag wins over the environment, and an empty variable is none', () => {
  const environment = { VOLVOX_LISTEN: '127.0.0.1:1', VOLVOX_DURABILITY: '', VOLVOX_SQL: '' };
  const { listen, durability, stores } = readBootstrap(environment, { VOLVOX_LISTEN: '[::1]:2' }, 'host');
  assert.deepEqual([listen.host, listen.port, durability, stores.sql.scheme], ['::1', 2, 'full', 'sqlite']);
});

test('a data folder may have any name', () => {
  const { stores } = readBootstrap({ VOLVOX_DATA: '/srv/50% off? $& #1' }, {}, 'host');
  assert.equal(stores.sql.path, '/srv/50% off? $& #1/volvox.db');
});

test('no secret has a flag, where process lists would show it', () => {
  for (const variable of variables) if (variable.secret === true) assert.equal(variable.flag, '');
});
