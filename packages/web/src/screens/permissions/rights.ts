import type { PermissionName } from '@volvox/api';
import { t } from '../../i18n/index.ts';

export const rights: readonly PermissionName[] = ['read', 'write', 'share', 'manage'];

/** `read, change`: as words in a sentence. */
export function wordsOf(names: readonly PermissionName[]): string {
  return rights
    .filter((name) => names.includes(name))
    .map((name) => t(`permissions.word.${name}`))
    .join(', ');
}

export type RightState = 'allow' | 'deny' | 'none';
export type RuleDraft = Readonly<Record<PermissionName, RightState>>;

export function draftOf(rule: {
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
}): RuleDraft {
  const state = (name: PermissionName): RightState =>
    rule.deny.includes(name) ? 'deny' : rule.allow.includes(name) ? 'allow' : 'none';
  return { read: state('read'), write: state('write'), share: state('share'), manage: state('manage') };
}

export function ruleOf(draft: RuleDraft): { allow: PermissionName[]; deny: PermissionName[] } {
  return {
    allow: rights.filter((name) => draft[name] === 'allow'),
    deny: rights.filter((name) => draft[name] === 'deny'),
  };
}
