/**
 * How a command reaches Volvox: `--server URL` with VOLVOX_TOKEN goes over the network; otherwise the node on this machine is asked
 * through its control socket, and where none runs, the stores are opened here and the same REST routes are called in process.
 */
import { createClient, type Client } from '@volvox/client';
import type { Command } from 'commander';
import { UsageError } from './exit.ts';
import { settingsOf } from './flags.ts';

export interface Connection {
  readonly client: Client;
  close(): Promise<void>;
}

export async function connect(command: Command): Promise<Connection> {
  const { server } = command.optsWithGlobals<{ server?: string }>();
  if (server !== undefined) {
    const secret = process.env['VOLVOX_TOKEN'] ?? '';
    if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
      throw new UsageError(`--server: expected http(s)://host, got "${server}"`);
    if (secret === '')
      throw new UsageError(
        '--server needs an access token in VOLVOX_TOKEN; "volvox token add" on that machine makes one',
      );
    return {
      client: createClient({ baseUrl: server, auth: { kind: 'bearer', secret } }),
      close: () => Promise.resolve(),
    };
  }
  const { openLocal } = await import('@volvox/server');
  const local = await openLocal(settingsOf(command));
  return { client: createClient({ baseUrl: 'http://localhost', fetch: local.fetch }), close: local.close };
}

/** Runs `work` with a connection that is closed in any case. */
export async function withClient<T>(command: Command, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await connect(command);
  try {
    return await work(connection.client);
  } finally {
    await connection.close();
  }
}
