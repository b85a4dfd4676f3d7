import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { converse } from './conversation.ts';
import { findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

/** Its log is larger than all of a test's data; small, it is written in a blink. */
const logSize = '--innodb-log-file-size=32M';

/** A server that starts removes what looks like its temporary tables: in a common folder also those of another that is being made. */
const ownTemporary = (folder: string): string => `--tmpdir=${folder}`;

/** Small, but as durable as the default: every commit is synced. */
export const mariadb: ServerRecipe = {
  kind: 'mariadb',
  find: () => {
    const program = findProgram('mariadbd');
    return program === null ? null : [program];
  },
  install: { debian: 'mariadb-server' },
  account: 'mysql',
  prepare: async (_program, folder, run) => {
    await run(findProgram('mariadb-install-db') ?? 'mariadb-install-db', [
      '--no-defaults',
      `--datadir=${path.join(folder, 'data')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ownTemporary(folder),
      logSize,
    ]);
    writeFileSync(
      path.join(folder, 'init.sql'),
      [
        'CREATE DATABASE IF NOT EXISTS volvox;',
        "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';",
        "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n",
      ].join('\n'),
      { mode: 0o644 },
    );
  },
  arguments: (folder, port) => [
    '--no-defaults',
    `--datadir=${path.join(folder, 'data')}`,
    `--init-file=${path.join(folder, 'init.sql')}`,
    `--socket=${path.join(folder, 's')}`,
    `--pid-file=${path.join(folder, 'pid')}`,
    `--port=${port}`,
    ownTemporary(folder),
    '--skip-networking=0',
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--performance-schema=off',
    '--innodb-buffer-pool-size=64M',
    '--innodb-flush-log-at-trx-commit=1',
    '--max-connections=300',
    logSize,
  ],
  // The greeting's fifth byte is the protocol version; an error packet has 0xff there.
  answers: (port) => converse(port, null, (answer) => answer.length > 4 && answer[4] === 10),
  url: (port) => `mysql://root@127.0.0.1:${port}/volvox`,
};
