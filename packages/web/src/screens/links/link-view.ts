import type { LinkState } from '@volvox/api';

/** What a list of links is asked for, as it stands in the address, so that a view can be kept and passed on. */
export interface LinkView {
  readonly q: string;
  readonly state: LinkState | '';
  readonly kind: 'link' | 'request' | '';
  /** Id of a user; in the list of everybody's. */
  readonly owner: string;
}

export const linkStates: readonly LinkState[] = [
  'active',
  'scheduled',
  'expired',
  'exhausted',
  'disabled',
  'blocked',
];

const kinds = ['link', 'request'] as const;

/** What the address says wrongly is left out. */
export function viewOf(search: URLSearchParams): LinkView {
  const of = (field: keyof LinkView): string => search.get(field) ?? '';
  return {
    q: of('q'),
    state: linkStates.find((state) => state === of('state')) ?? '',
    kind: kinds.find((kind) => kind === of('kind')) ?? '',
    owner: /^[0-9a-f-]{36}$/.test(of('owner')) ? of('owner') : '',
  };
}

export function searchOf(view: LinkView): URLSearchParams {
  return new URLSearchParams(Object.entries(view).filter(([, value]) => value !== ''));
}
