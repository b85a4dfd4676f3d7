/** What the tests of this driver share. */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { converse } from '../../../testing/servers/conversation.ts';
import { redis } from '../../../testing/servers/redis.ts';
import { run, type Running } from '../../../testing/servers/running.ts';
import type { CacheStore } from '../contract.ts';
import { cacheDrivers } from '../index.ts';

/** The `skip` of tests that need a server of their own. */
export const skip = (await sharedServer('redis')) === null && 'no Redis server to be had';

export function openRedis(url: string, log: Logger = silentLogger): Promise<CacheStore> {
  const parsed = parseStoreUrl(url);
  const driver = cacheDrivers.find((d) => d.scheme === parsed.scheme);
  if (driver === undefined) throw new Error(`no driver for ${parsed.scheme}`);
  return driver.open(parsed, { log, clock: systemClock, durability: 'full' });
}

/** A server with further options; `answers` where it does not speak to everybody. */
export function startRedis(
  options: (folder: string, port: number) => readonly string[],
  answers: (port: number) => Promise<boolean> = (port) => converse(port, 'PING\r\n', (a) => a.length > 0),
): Promise<Running> {
  return run(
    {
      ...redis,
      arguments: (folder, port) => [...redis.arguments(folder, port), ...options(folder, port)],
      answers,
    },
    redis.find() ?? [],
  );
}

/** Ready enough for a server that speaks TLS only. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Sends one command in the inline form, as a person with a terminal would. */
export async function command(port: number, line: string): Promise<string> {
  let text = '';
  await converse(port, `${line}\r\n`, (answer) => (text = answer.toString()).endsWith('\r\n'));
  return text;
}

export function portOf(url: string): number {
  return parseStoreUrl(url).hosts[0]?.port ?? 0;
}

/** A Sentinel alone that moves the master `main` after half a second. */
export function startSentinel(masterPort: number): Promise<Running> {
  const configuration = [
    `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 2000',
    '',
  ].join('\n');
  return run(
    {
      ...redis,
      prepare: (_program, folder) => writeFile(`${folder}/sentinel.conf`, configuration),
      arguments: (folder, port) => [
        `${folder}/sentinel.conf`,
        '--sentinel',
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ],
    },
    redis.find() ?? [],
  );
}
