/** A policy as its form has it: text that is being typed, and lists that may be empty. */
import type { ClientKind, PermissionName, Policy, PolicyConditions } from '@volvox/api';

export interface WindowDraft {
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

export interface PolicyDraft {
  readonly name: string;
  readonly description: string;
  readonly deny: readonly PermissionName[];
  readonly mode: Policy['mode'];
  /** A line each. */
  readonly networks: string;
  readonly clients: readonly ClientKind[];
  readonly timeZone: string;
  readonly windows: readonly WindowDraft[];
  readonly property: string;
  readonly matches: string;
}

export const newWindow: WindowDraft = { days: ['1', '2', '3', '4', '5'], from: '08:00', to: '18:00' };

export function draftOf(policy: Policy | null, timeZone: string): PolicyDraft {
  const { networks, clients, hours, property } = policy?.conditions ?? {};
  return {
    name: policy?.name ?? '',
    description: policy?.description ?? '',
    deny: policy?.deny ?? ['write'],
    mode: policy?.mode ?? 'unless',
    networks: (networks ?? []).join('\n'),
    clients: clients ?? [],
    timeZone: hours?.timeZone ?? timeZone,
    windows: (hours?.windows ?? []).map(({ days, from, to }) => ({ days: days.map(String), from, to })),
    property: property?.name ?? '',
    matches: property?.matches ?? '*',
  };
}

export type Body = Omit<Policy, 'id' | 'bindings'>;

/** @returns what is missing, where something is */
export function bodyOf(draft: PolicyDraft): Body | 'needCondition' | 'needRight' {
  if (draft.deny.length === 0) return 'needRight';
  const networks = draft.networks.split(/[\s,;]+/).filter((text) => text !== '');
  const windows = draft.windows
    .filter(({ days }) => days.length > 0)
    .map(({ days, from, to }) => ({
      days: days.map(Number).sort(),
      from,
      to: to === '00:00' ? '24:00' : to,
    }));
  const property = draft.property.trim();
  const conditions: PolicyConditions = {
    ...(networks.length > 0 ? { networks } : {}),
    ...(draft.clients.length > 0 ? { clients: [...draft.clients] } : {}),
    ...(windows.length > 0 ? { hours: { timeZone: draft.timeZone, windows } } : {}),
    ...(property === '' ? {} : { property: { name: property, matches: draft.matches } }),
  };
  if (Object.keys(conditions).length === 0) return 'needCondition';
  const { name, description, deny, mode } = draft;
  return { name: name.trim(), description: description.trim(), deny: [...deny], mode, conditions };
}
