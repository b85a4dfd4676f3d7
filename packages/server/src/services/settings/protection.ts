/** Which settings are shown to nobody, and which may be changed without a recent proof of who one is. */
import type { SettingValues } from './api.ts';

/** Addresses that may have a token in them. */
const sensitiveKeys: ReadonlySet<string> = new Set<keyof SettingValues>(['audit.webhook']);

export function isSensitive(key: keyof SettingValues): boolean {
  return sensitiveKeys.has(key);
}

/** What decides neither who gets in, nor where messages go, whom this server trusts, what is shown of people or what is remembered. */
const harmlessKeys: ReadonlySet<string> = new Set<keyof SettingValues>([
  ...(['trash.keepDays', 'versions.keepDays', 'versions.keepLast', 'uploads.expireHours'] as const),
  ...([
    'contents.chunkMiB',
    'contents.graceHours',
    'contents.scrubDays',
    'contents.directDownload',
    'jobs.keepDays',
  ] as const),
  ...([
    'personal.defaultQuotaMiB',
    'personal.folders',
    'personal.template',
    'cells.enabled',
    'cells.defaultQuotaMiB',
  ] as const),
  ...(['dav.infinityLimit', 'mail.language', 'mail.keepDays'] as const),
  ...(['branding.name', 'branding.color'] as const),
]);

export function needsProof(key: keyof SettingValues): boolean {
  return !harmlessKeys.has(key);
}
