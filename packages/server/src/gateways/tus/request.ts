import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from '../../kernel/context.ts';
import type { GatewayRequest, Services } from '../contract.ts';

/** A tus request once it is known who asks. */
export interface TusRequest {
  readonly services: Services;
  readonly request: GatewayRequest;
  readonly context: Context;
  readonly headers: IncomingHttpHeaders;
}
