/** The typed client of Volvox for browsers and Node: `createClient({ baseUrl }).call('getNode', { params: { id } })`. */
export { ApiError, isApiError } from './api-error.ts';
export {
  createClient,
  type Auth,
  type CallOptions,
  type Client,
  type ClientOptions,
  type Input,
  type Me,
  type Output,
  type RouteId,
} from './client.ts';
export type { EventsOptions, LiveEvent } from './events.ts';
