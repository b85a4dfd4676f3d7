import { converse } from './conversation.ts';
import { findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

/** Without persistence, as a cache is meant to be: a killed one comes back empty. */
export const redis: ServerRecipe = {
  kind: 'redis',
  find: () => {
    const program = findProgram('redis-server') ?? findProgram('valkey-server');
    return program === null ? null : [program];
  },
  install: { debian: 'redis-server' },
  arguments: (folder, port) => [
    ...['--bind', '127.0.0.1'],
    ...['--port', String(port)],
    ...['--dir', folder],
    ...['--save', ''],
    ...['--appendonly', 'no'],
  ],
  answers: (port) => converse(port, 'PING\r\n', (answer) => answer.includes('+PONG')),
  url: (port) => `redis://127.0.0.1:${port}/0`,
};
