/** What the tests of this driver share. */
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { converse } from '../../../testing/servers/conversation.ts';
import { nats } from '../../../testing/servers/nats.ts';
import { run, type Running } from '../../../testing/servers/running.ts';
import type { BrokerStore } from '../contract.ts';
import { brokerNatsDriver } from './driver.ts';

/** The `skip` of tests that need a server of their own. */
export const skip = (await sharedServer('nats')) === null && 'no NATS server to be had';

export function openNats(url: string, log: Logger = silentLogger): Promise<BrokerStore> {
  return brokerNatsDriver.open(parseStoreUrl(url), { log, clock: systemClock, durability: 'full' });
}

/** A server with further options; it is ready when it greets, since it may ask for TLS or a password. */
export function startNats(options: readonly string[]): Promise<Running> {
  return run(
    {
      ...nats,
      arguments: (_folder, port) => ['-a', '127.0.0.1', '-p', String(port), ...options],
      answers: (port) => converse(port, null, (answer) => answer.includes('INFO ')),
    },
    nats.find() ?? [],
  );
}
