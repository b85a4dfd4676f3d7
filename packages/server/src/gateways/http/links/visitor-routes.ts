/**
 * Which routes a visitor of a public link has, below `/s/<token>/api/v1`. Whatever is not here is refused; a test has every route of the
 * contract be either here or in the list of those that are refused on purpose.
 */
import type { Principal } from '../../../kernel/context.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { RouteId } from '../handler.ts';

/** `open`: the service decides, before anything was given or after the end. `see`: what the link shows. `bring`: uploads. `any`: whoever is in. */
type Door = 'open' | 'see' | 'bring' | 'any';

export const visitorRoutes: { readonly [K in RouteId]?: Door } = {
  openLink: 'open',
  visitLink: 'open',
  linkPreview: 'see',
  getReceipt: 'open',
  sendReceipt: 'any',
  getNode: 'see',
  getAncestors: 'see',
  listChildren: 'see',
  downloadContent: 'see',
  downloadZip: 'see',
  search: 'see',
  createFolder: 'see',
  uploadFile: 'bring',
};

/** @throws forbidden */
export function doorOf(route: string): Door {
  const door = visitorRoutes[route as RouteId];
  if (door === undefined) throw new AppError('forbidden', 'this is not for visitors of a link');
  return door;
}

/** @throws forbidden */
export function requireDoor(principal: Principal, door: Door): void {
  const { scopes } = principal;
  const seeing = scopes.includes('files:read') || scopes.includes('files:write');
  const bringing = scopes.includes('files:drop') || scopes.includes('files:write');
  if ((door === 'see' && !seeing) || (door === 'bring' && !bringing))
    throw new AppError('forbidden', 'this link does not allow it');
}
