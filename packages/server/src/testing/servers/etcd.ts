import path from 'node:path';
import { http } from './conversation.ts';
import { findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

export const etcd: ServerRecipe = {
  kind: 'etcd',
  find: () => {
    const program = findProgram('etcd');
    return program === null ? null : [program];
  },
  install: { debian: 'etcd-server' },
  arguments: (folder, port) => [
    ...['--data-dir', path.join(folder, 'data')],
    ...['--listen-client-urls', `http://127.0.0.1:${port}`],
    ...['--advertise-client-urls', `http://127.0.0.1:${port}`],
    // A single member needs no peers, but wants an address for them: any free port will do.
    ...['--listen-peer-urls', 'http://127.0.0.1:0'],
    ...['--log-level', 'error'],
  ],
  answers: async (port) => {
    const response = await http(port, '/health');
    return response.ok && /"health":\s*"true"/.test(await response.text());
  },
  url: (port) => `etcd://127.0.0.1:${port}/volvox`,
};
