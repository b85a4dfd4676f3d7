import path from 'node:path';
import { converse } from './conversation.ts';
import { findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

export const nats: ServerRecipe = {
  kind: 'nats',
  find: () => {
    const program = findProgram('nats-server');
    return program === null ? null : [program];
  },
  install: { debian: 'nats-server' },
  arguments: (folder, port) => [
    ...['-a', '127.0.0.1'],
    ...['-p', String(port)],
    '-js',
    ...['-sd', path.join(folder, 'jetstream')],
  ],
  answers: (port) =>
    converse(port, 'CONNECT {"verbose":false}\r\nPING\r\n', (answer) => answer.includes('PONG\r\n')),
  url: (port) => `nats://127.0.0.1:${port}`,
};
