/**
 * How a command reaches Volvox: `--server URL` with VOLVOX_TOKEN or after `volvox login` goes over the network; otherwise the node on this machine is asked
 * through its control socket, and where none runs, the stores are opened here and the same REST routes are called in process.
 */
import { createClient, type Client } from '@volvox/client';
import type { Command } from 'commander';
import { refresh } from './device-login.ts';
import { UsageError } from './exit.ts';
import { settingsOf } from './flags.ts';
import { locked, storedLogin, storeLogin } from './stored-logins.ts';

export interface Connection {
  readonly client: Client;
  close(): Promise<void>;
}

export async function connect(command: Command): Promise<Connection> {
  const server = serverOf(command);
  if (server !== null) {
    const secret = process.env['VOLVOX_TOKEN'] || (await secretOfLogin(server));
    return {
      client: createClient({ baseUrl: server, auth: { kind: 'bearer', secret } }),
      close: () => Promise.resolve(),
    };
  }
  const { openLocal } = await import('@volvox/server');
  const local = await openLocal(settingsOf(command));
  return { client: createClient({ baseUrl: 'http://localhost', fetch: local.fetch }), close: local.close };
}

/** The address of --server; null without it. @throws UsageError */
export function serverOf(command: Command): string | null {
  const { server } = command.optsWithGlobals<{ server?: string }>();
  if (server === undefined) return null;
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new UsageError(`--server: expected http(s)://host, got "${server}"`);
  return server;
}

/** Too short a rest of its life is worth nothing for a command that takes a while. */
const marginMs = 60_000;

/** Of `volvox login`, made anew where it is about to end. */
async function secretOfLogin(server: string): Promise<string> {
  const known = storedLogin(server);
  if (known === null)
    throw new UsageError(
      `--server needs "volvox login --server ${server}" first, or an access token in VOLVOX_TOKEN; "volvox token add" on that machine makes one`,
    );
  if (known.expiresAt - Date.now() > marginMs) return known.accessToken;
  return locked(async () => {
    // Another process may have been first.
    const present = storedLogin(server) ?? known;
    if (present.expiresAt - Date.now() > marginMs) return present.accessToken;
    const fresh = await refresh(server, present);
    storeLogin(server, fresh);
    return fresh.accessToken;
  });
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
