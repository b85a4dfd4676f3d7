/**
 * Puts the compiled server and its libraries into a few files: 1,600 modules less to find and load at each start (docs/decisions/0006-bundle.md).
 * The output lies in packages/server/dist/bundle, as deep as the folders whose modules look for files beside them.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './node.mjs';

const compiled = (...parts) => path.join(root, 'packages', ...parts);
const output = compiled('server', 'dist', 'bundle');

/** Threads are entries of their own: they are started by file name, from beside the module that wants them. */
const entries = {
  main: compiled('cli', 'dist', 'main.js'),
  'sql-worker': compiled('server', 'dist', 'stores', 'clients', 'sqlite', 'sql-worker.js'),
  'documents-worker': compiled('server', 'dist', 'stores', 'documents', 'sqlite', 'documents-worker.js'),
  'writer-thread': compiled('server', 'dist', 'stores', 'blobs', 'file', 'writer-thread.js'),
};

/** Native code, files that are looked for by name, and the drivers of external stores, which a standalone node never loads. */
const left = [
  'better-sqlite3',
  '@node-rs/argon2',
  'sharp',
  '@fastify/swagger-ui',
  'pino',
  'pg',
  'mysql2',
  'mongodb',
  'ioredis',
  'etcd3',
  '@nats-io/',
  '@aws-sdk/',
  '@grpc/',
];

rmSync(output, { recursive: true, force: true });
const bundle = await rolldown({
  input: entries,
  platform: 'node',
  external: (id) => left.some((name) => id === name || id.startsWith(name.endsWith('/') ? name : `${name}/`)),
  checks: { ineffectiveDynamicImport: false },
});
await bundle.write({ dir: output, format: 'esm' });
await bundle.close();
