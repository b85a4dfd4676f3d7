import path from 'node:path';
import { converse } from './conversation.ts';
import { findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

const places = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin', '/opt/homebrew/opt/postgresql@*/bin'];

/** Small, but as durable as the default: fsync stays on. */
export const postgres: ServerRecipe = {
  kind: 'postgres',
  find: () => {
    const program = findProgram('postgres', places);
    return program === null ? null : [program];
  },
  install: { debian: 'postgresql' },
  account: 'postgres',
  prepare: ([program = ''], folder, run) =>
    run(path.join(path.dirname(program), 'initdb'), [
      `--pgdata=${path.join(folder, 'data')}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]),
  arguments: (folder, port) => [
    ...['-D', path.join(folder, 'data')],
    ...['-h', '127.0.0.1'],
    ...['-p', String(port)],
    ...['-k', folder],
    ...['-c', 'max_connections=300'],
    ...['-c', 'shared_buffers=64MB'],
  ],
  // It listens while it still recovers, and says so in an error: only a log-in shows that it is ready.
  answers: (port) => converse(port, startup(), (answer) => answer[0] === 'R'.charCodeAt(0)),
  url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
};

/** StartupMessage of protocol 3.0. */
function startup(): Buffer {
  const body = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}
