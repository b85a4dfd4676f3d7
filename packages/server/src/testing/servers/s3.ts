import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { http } from './conversation.ts';
import { fetchGoProgram } from './fetching.ts';
import { findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

const credentials = { AWS_ACCESS_KEY_ID: 'volvox', AWS_SECRET_ACCESS_KEY: 'only-on-loopback' };

/** versitygw: S3 over a folder, in which a bucket is a folder. */
export const s3: ServerRecipe = {
  kind: 's3',
  find: () => {
    const program = findProgram('versitygw');
    return program === null ? null : [program];
  },
  install: {
    tool: 'go',
    fetch: () => fetchGoProgram('github.com/versity/versitygw/cmd/versitygw@v1.8.0'),
  },
  prepare: async (_program, folder) => {
    mkdirSync(path.join(folder, 'buckets', 'volvox'), { recursive: true });
  },
  arguments: (folder, port) => [
    ...['--access', credentials.AWS_ACCESS_KEY_ID],
    ...['--secret', credentials.AWS_SECRET_ACCESS_KEY],
    ...['--port', `127.0.0.1:${port}`],
    ...['--health', '/health'],
    // Otherwise it ends the connection after each request.
    ...['--quiet', '--keep-alive'],
    ...['posix', path.join(folder, 'buckets')],
  ],
  answers: async (port) => (await http(port, '/health')).ok,
  url: (port) => `s3://volvox/test?endpoint=http://127.0.0.1:${port}&region=us-east-1&pathStyle=true`,
  environment: () => credentials,
};
