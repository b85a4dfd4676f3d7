import type { NatsConnection } from '@nats-io/transport-node';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { Driver } from '../../../kernel/service.ts';
import { tlsParameters } from '../../../kernel/store-tls.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { BrokerStore } from '../contract.ts';
import { bounded } from './bounded.ts';
import { NatsBroker } from './broker.ts';
import { natsOptions, subjectPrefix } from './options.ts';
import { strictTransports } from './transport.ts';

const openMs = 5_000;

/** Core NATS: messages are rung, never kept. */
export const brokerNatsDriver: Driver<BrokerStore> = {
  scheme: 'nats',
  parameters: {
    ...tlsParameters,
    token: 'authentication token, instead of user and password',
    credentials: 'credentials file (JWT and seed, as nsc makes it), instead of user and password',
  },
  async open(url, deps) {
    const prefix = subjectPrefix(url);
    return new NatsBroker(await connect(url), prefix, deps.log);
  },
};

async function connect(url: StoreUrl): Promise<NatsConnection> {
  const { credsAuthenticator, nodeResolveHost, NatsConnectionImpl, setTransportFactory } = await library();
  const options = natsOptions(url, credsAuthenticator);
  setTransportFactory({ factory: await strictTransports(), dnsResolveFn: nodeResolveHost });
  const connecting: Promise<NatsConnection> = NatsConnectionImpl.connect(options);
  try {
    return await bounded(connecting, openMs, 'no answer within 5 s');
  } catch (error) {
    void connecting.then((late) => late.close()).catch(() => undefined);
    throw translated(error);
  }
}

async function library() {
  const [core, { nodeResolveHost }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/transport-node/lib/node_transport.js'),
  ]);
  return { ...core, nodeResolveHost };
}

function translated(error: unknown): AppError {
  if (isAppError(error)) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (/^(Authorization|UserAuthentication)/.test(name))
    return new AppError('unavailable', 'the server refuses the credentials', { cause: error });
  const text = name === 'TimeoutError' ? 'no answer from the server' : message;
  return new AppError('unavailable', text, { cause: error, retryable: true });
}
