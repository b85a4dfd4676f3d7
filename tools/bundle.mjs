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

/** V8 keeps a source with a single sign beyond Latin-1 in two bytes for each: 6 MB more for as long as the process runs. */
const inAscii = {
  name: 'in-ascii',
  generateBundle(_options, files) {
    for (const file of Object.values(files))
      if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
  },
};

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

rmSync(output, { recursive: true, force: true });
const bundle = await rolldown({
  input: entries,
  platform: 'node',
  external: (id) => left.some((name) => id === name || id.startsWith(name.endsWith('/') ? name : `${name}/`)),
  checks: { ineffectiveDynamicImport: false },
});
await bundle.write({
  dir: output,
  format: 'esm',
  comments: { legal: true, annotation: false, jsdoc: false },
  plugins: [inAscii],
});
await bundle.close();
