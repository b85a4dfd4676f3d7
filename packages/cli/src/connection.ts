/**
 * How a command reaches Volvox: `--server URL` with VOLVOX_TOKEN goes over the network; otherwise the node on this machine is asked
 * through its control socket, and where none runs, the stores are opened here and the same REST routes are called in process.
 */
import { createClient, type Client } from '@volvox/client';
import type { Command } from 'commander';
import { settingsOf } from './flags.ts';

export interface Connection {
  readonly client: Client;
  close(): Promise<void>;
}

export async function connect(command: Command): Promise<Connection> {
  const { server } = command.optsWithGlobals<{ server?: string }>();
  if (server !== undefined) {
    const token = process.env['VOLVOX_TOKEN'];
    return {
      client: createClient({
        baseUrl: server,
        ...(token === undefined ? {} : { auth: { kind: 'bearer' as const, secret: token } }),
      }),
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
