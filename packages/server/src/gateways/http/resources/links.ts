import type { VisitorView } from '@volvox/api';
import type { Context } from '../../../kernel/context.ts';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { LinkRealm, Services } from '../../contract.ts';
import { placedIdentity } from '../../circumstances.ts';
import { readCookie, visitCookie, visitCookieHeader } from '../cookies.ts';
import type { Call, Handlers } from '../handler.ts';
import { linkPreview } from '../links/visitor-content.ts';
import { veiled } from '../links/veil.ts';
import { given, limitOf } from '../paging.ts';
import { linksHere } from './links-here.ts';
import { presentLocated } from '../present.ts';
import type { RequestScope } from '../request-scope.ts';

type Names =
  | 'listLinksHere'
  | 'listLinks'
  | 'listAllLinks'
  | 'createLink'
  | 'getLink'
  | 'updateLink'
  | 'deleteLink'
  | 'revokeLinks'
  | 'sendLink'
  | 'linkStatistics'
  | 'openLink'
  | 'visitLink'
  | 'linkPreview'
  | 'getReceipt'
  | 'sendReceipt';

export function linkHandlers(services: Services): Pick<Handlers, Names> {
  return { ...ownerHandlers(services), ...visitorHandlers(services) };
}

type VisitorNames = 'openLink' | 'visitLink' | 'linkPreview' | 'getReceipt' | 'sendReceipt';

function ownerHandlers(services: Services): Pick<Handlers, Exclude<Names, VisitorNames>> {
  const { sharing } = services;
  return {
    listLinksHere: (call) => linksHere(services, call),
    listLinks: async (call) => page(await sharing.list(call.context, queryOf(call.query), false)),
    listAllLinks: async (call) => page(await sharing.list(call.context, queryOf(call.query), true)),
    createLink: (call) => sharing.create(call.context, call.body),
    getLink: (call) => sharing.get(call.context, call.params.id),
    updateLink: (call) => sharing.update(call.context, call.params.id, call.body),
    async deleteLink(call) {
      if ((await sharing.revoke(call.context, [call.params.id])) === 0)
        throw new AppError('not_found', 'there is no such link');
    },
    revokeLinks: async (call) => ({ revoked: await sharing.revoke(call.context, call.body.ids) }),
    sendLink: (call) => sharing.send(call.context, call.params.id, given(call.body)),
    linkStatistics: (call) => sharing.statistics(call.context, call.params.id),
  };
}

function visitorHandlers(services: Services): Pick<Handlers, VisitorNames> {
  const { sharing } = services;
  const visitor = (call: { readonly context: Context; readonly scope: RequestScope }): string =>
    sharing.visitorKey(call.context.principal, call.scope.client);
  return {
    openLink: (call) => view(services, call, cookieOf(call.scope)),
    async visitLink(call) {
      const { scope, body } = call;
      const realm = realmOf(scope);
      const cookie = await sharing.visit(realm.token, cookieOf(scope), body, scope.client);
      call.setHeader('set-cookie', visitCookieHeader(cookie, realm.base, scope.origin.secure));
      return view(services, call, cookie);
    },
    linkPreview: (call) => linkPreview(services, call),
    getReceipt: ({ scope }) => sharing.receipt(realmOf(scope).token, cookieOf(scope), scope.client),
    sendReceipt: (call) => sharing.sendReceipt(call.context.principal, visitor(call)),
  };
}

function queryOf<Q extends { readonly limit?: number }>(query: Q) {
  return { ...given(query), limit: limitOf(query) };
}

function page<T>({ items, next }: { readonly items: readonly T[]; readonly next: string | null }) {
  return { items: [...items], next };
}

function realmOf(scope: RequestScope): LinkRealm {
  if (scope.link === null) throw new AppError('not_found', 'there is no such link');
  return scope.link;
}

function cookieOf(scope: RequestScope): string | null {
  return readCookie(scope.raw.headers.cookie, visitCookie);
}

/** Nothing but what is asked for, until all of it was given. */
async function view(
  services: Services,
  call: Pick<Call<never>, 'scope'>,
  cookie: string | null,
): Promise<VisitorView> {
  const { sharing, settings, identity } = services;
  const { scope } = call;
  const { token } = realmOf(scope);
  const visit = await sharing.open(token, cookie);
  const { link, needs } = visit;
  const shown = {
    needs: [...needs],
    branding: {
      name: settings.get('branding.name'),
      logo: settings.get('branding.logo') || null,
      color: settings.get('branding.color') || null,
      imprintUrl: settings.get('branding.imprintUrl') || null,
      privacyUrl: settings.get('branding.privacyUrl') || null,
    },
    kind: link.kind,
    disclaimer: needs.includes('disclaimer') ? link.disclaimer : '',
  };
  if (needs.length > 0) return { ...shown, link: null };
  const credentials = { kind: 'link', token, secret: cookie ?? '', by: 'cookie' } as const;
  const placed = placedIdentity(identity, services.access, 'api');
  const principal = await placed.authenticate(credentials, scope.client);
  const context: Context = { principal, requestId: scope.id, signal: scope.signal, lockTokens: [] };
  const downloadsLeft = await sharing.downloadsLeft(principal);
  if (downloadsLeft === 0) throw sharing.exhausted();
  const roots = await sharing.roots(context);
  const owner = link.showOwner ? ((await identity.names([link.ownerId])).get(link.ownerId) ?? null) : null;
  await noteVisit(services, context, scope);
  const nodes = link.drop
    ? []
    : await Promise.all(roots.map((root) => presentLocated(services.access, principal, root)));
  return {
    ...shown,
    link: {
      label: link.label,
      description: link.description,
      owner,
      layout: link.layout,
      permissions: link.permissions,
      watermark: link.watermark,
      endsAt: link.endsAt,
      downloadsLeft,
      askName: link.askName,
      askEmail: link.askEmail,
      maxFileSize: link.maxFileSize,
      uploader: { name: visit.name, email: visit.email },
      dropId: link.drop ? (roots[0]?.node.id ?? null) : null,
      roots: principal.confined === undefined ? [] : (veiled(nodes, principal.confined) as typeof nodes),
    },
  };
}

/** A count that can't be kept, as while the server is moved, keeps nobody out. */
async function noteVisit({ sharing, audit }: Services, context: Context, scope: RequestScope): Promise<void> {
  const { principal } = context;
  try {
    const counted = await sharing.countVisit(principal, sharing.visitorKey(principal, scope.client));
    const details = { linkId: principal.confined?.linkId ?? '' };
    if (counted) await audit.keep({ ...context, origin: scope.client }, { kind: 'link.visited', details });
  } catch (error) {
    if (!isAppError(error, 'read_only')) throw error;
  }
}
