import type { SettingType as SettingTypeSchema } from '@volvox/api';
import type { Static } from 'typebox';
import type { Json } from '../../stores/config/contract.ts';

/** What a setting may be. */
export type SettingType = Static<typeof SettingTypeSchema>;

export interface SettingInfo {
  readonly key: string;
  readonly value: Json;
  readonly default: Json;
  readonly isDefault: boolean;
  readonly description: string;
  readonly type: SettingType;
  /** May hold what others should not read over a shoulder or in a log. */
  readonly sensitive: boolean;
  /** Whether changing it takes somebody who has just shown to be the person. */
  readonly needsProof: boolean;
  readonly revision: number;
}

/** Typed settings over the config store: described once in `schema.ts`, read from memory, kept fresh by the watch. */
export interface SettingsService {
  /** The present value; a damaged or unknown stored value is reported once and the last good one or the default is used. */
  get<K extends keyof SettingValues>(key: K): SettingValues[K];
  onChange(listener: (key: keyof SettingValues) => void): () => void;
  list(): readonly SettingInfo[];
  info(key: string): SettingInfo;
  /** @throws not_found for an unknown key, invalid_input naming the rule, precondition_failed for another revision */
  set(
    key: string,
    value: Json,
    options: { readonly revision?: number; readonly actor: string | null },
  ): Promise<SettingInfo>;
  unset(key: string, actor: string | null): Promise<void>;
  history(key: string): Promise<
    readonly {
      readonly revision: number;
      readonly at: number;
      readonly actor: string | null;
      readonly value: Json | undefined;
    }[]
  >;
}

export interface SettingValues {
  /** Days until things in the trash are removed for good; 0: never. */
  'trash.keepDays': number;
  'versions.keepDays': number;
  'versions.keepLast': number;
  'uploads.expireHours': number;
  /** MiB; largest chunk of a content. */
  'contents.chunkMiB': number;
  'contents.graceHours': number;
  'contents.scrubDays': number;
  /** Whether downloads may be redirected to the blob store. */
  'contents.directDownload': boolean;
  'logs.keepDays': number;
  'activity.keepDays': number;
  'jobs.keepDays': number;
  'session.hours': number;
  'session.rememberDays': number;
  'login.maxFailures': number;
  'login.blockSeconds': number;
  /** Ids of roles, `admins` or `everybody`. */
  'login.secondFactorRoles': readonly string[];
  'login.proofMinutes': number;
  'login.notices': boolean;
  'password.minLength': number;
  'password.classes': number;
  'password.refuseCommon': boolean;
  'password.history': number;
  /** 0: never. */
  'password.expireDays': number;
  'impersonation.enabled': boolean;
  'oidc.accessMinutes': number;
  'oidc.refreshDays': number;
  'oidc.keyDays': number;
  'connectors.allowPrivate': boolean;
  'personal.defaultQuotaMiB': number;
  'guests.enabled': boolean;
  'guests.maxPerUser': number;
  'guests.maxPerDay': number;
  'guests.maxDays': number;
  'people.showEmail': boolean;
  'dav.infinityLimit': number;
  'branding.name': string;
  'branding.logo': string;
  'branding.color': string;
  'branding.imprintUrl': string;
  'branding.privacyUrl': string;
  /** Whether people may make Cells. */
  'cells.enabled': boolean;
  'cells.defaultQuotaMiB': number;
  /** Folders that new personal workspaces begin with. */
  'personal.folders': readonly string[];
  'personal.template': string;
  /** Empty: no mail is sent. */
  'mail.host': string;
  'mail.port': number;
  'mail.tls': 'implicit' | 'starttls' | 'none';
  'mail.auth': 'none' | 'password' | 'oauth2';
  'mail.user': string;
  'mail.from': string;
  'mail.replyTo': string;
  'mail.language': 'en' | 'de' | 'fr';
  'mail.oauthTokenUrl': string;
  'mail.oauthClientId': string;
  'mail.keepDays': number;
  'audit.reads': 'off' | 'links' | 'all';
  'audit.keepDays': number;
  /** `udp://host:port`, `tcp://` or `tls://`; empty: none. */
  'audit.syslog': string;
  'audit.webhook': string;
  'audit.webhookInside': boolean;
  'links.enabled': boolean;
  'links.passwordRequired': boolean;
  /** Days; 0: as long as the owner likes. */
  'links.maxDays': number;
  'links.defaultDays': number;
  'links.uploadAllowed': boolean;
  'links.receiptsPerDay': number;
  'links.customSlug': boolean;
}
