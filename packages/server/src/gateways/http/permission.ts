import type { RoutePermission } from '@volvox/api';
import type { Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';

/**
 * What a credential may be used for, by the permission in the route's definition. Which nodes it reaches is decided by
 * the access service inside the called service.
 */
export function requirePermission(principal: Principal, permission: RoutePermission): void {
  if (!covers(principal, permission)) {
    throw new AppError('forbidden', `these credentials do not cover this (needed: ${permission})`, {
      details: { permission },
    });
  }
}

function covers(principal: Principal, permission: RoutePermission): boolean {
  const { scopes } = principal;
  switch (permission) {
    case 'public':
      return true;
    case 'signin':
      return principal.via === 'session' || scopes.includes('account');
    case 'self':
      return scopes.includes('account');
    case 'node:read':
      return scopes.includes('files:read') || scopes.includes('files:write');
    case 'node:write':
    case 'node:share':
    case 'node:manage':
      return scopes.includes('files:write');
    case 'link':
      return principal.confined !== undefined;
    case 'directory':
      return (principal.admin && scopes.includes('admin')) || scopes.includes('account');
    case 'admin':
      return principal.admin && scopes.includes('admin');
  }
}
