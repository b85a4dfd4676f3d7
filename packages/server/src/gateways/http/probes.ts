import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OperationsService } from '../../services/operations/api.ts';
import type { RequestScope } from './request-scope.ts';

type Mark = (request: FastifyRequest, route: string) => RequestScope;

/** Probes and metrics: answered without credentials, before set-up and while draining. */
export function addProbes(
  app: FastifyInstance,
  operations: Pick<OperationsService, 'readiness' | 'metrics'>,
  mark: Mark,
): void {
  app.get('/healthz', async (request, reply) => {
    mark(request, 'healthz');
    return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send('ok\n');
  });
  app.get('/readyz', async (request, reply) => {
    mark(request, 'readyz');
    const readiness = await operations.readiness();
    // Anybody may ask: which store fails, but not how; that may name files, hosts and accounts. `status` says it to administrators.
    const stores = readiness.stores.map(({ kind, ok, needed }) => ({ kind, ok, needed }));
    return reply
      .header('cache-control', 'no-store')
      .code(readiness.ready ? 200 : 503)
      .send({ ...readiness, stores });
  });
  app.get('/metrics', async (request, reply) => {
    mark(request, 'metrics');
    const text = await operations.metrics();
    return reply
      .header('cache-control', 'no-store')
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(text);
  });
}
