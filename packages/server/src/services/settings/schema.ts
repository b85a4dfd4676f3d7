import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { SettingValues } from './api.ts';
import { choice, count, days, define, rolesOr, text, type SettingDefinition } from './definition.ts';

/** Every setting once: validation, defaults and docs/reference/settings.md come from here. */
export const settingDefinitions: {
  readonly [K in keyof SettingValues]: SettingDefinition<SettingValues[K]>;
} = {
  'trash.keepDays': define(days(), 30, 'Days until things in the trash are removed for good; 0: never.'),
  'versions.keepDays': define(days(), 90, 'Days that earlier versions of a file are kept; 0: for good.'),
  'versions.keepLast': define(
    count(0, 10_000),
    10,
    'Newest versions of a file that are kept however old they are, besides the present one.',
  ),
  'uploads.expireHours': define(
    count(1, 8_760),
    24,
    'Hours until an upload that nobody continues is given up.',
  ),
  'contents.chunkMiB': define(
    count(1, 1_024),
    32,
    'MiB of the largest chunk that a content is stored in; for new contents only.',
  ),
  'contents.graceHours': define(
    count(1, 8_760),
    24,
    'Hours that contents nobody refers to are kept; longer than any backup takes, and than any chunk takes to arrive.',
  ),
  'contents.scrubDays': define(
    count(0, 365),
    28,
    'Days in which all contents are read once and compared with their hashes, a share every ten minutes; 0: never.',
  ),
  'contents.directDownload': define(
    Type.Boolean(),
    false,
    'Answers downloads by REST with a redirect to the S3 server (60 seconds, one object), where the content is one chunk; browsers must reach that server.',
  ),
  'logs.keepDays': define(days(), 14, 'Days that log entries are kept in the documents store; 0: for good.'),
  'activity.keepDays': define(days(), 365, 'Days that activities are kept; 0: for good.'),
  'jobs.keepDays': define(days(), 30, 'Days that finished job runs are kept; 0: for good.'),
  'session.hours': define(count(1, 8_760), 24, 'Hours until a session ends that was not to be remembered.'),
  'session.rememberDays': define(count(1, 3_650), 30, 'Days until a remembered session ends.'),
  'login.maxFailures': define(
    count(1, 1_000),
    10,
    'Failed log-ins in a row until further ones are refused for a while.',
  ),
  'login.blockSeconds': define(
    count(1, 86_400),
    60,
    'Seconds of the first such refusal; it doubles with each further failure.',
  ),
  'login.secondFactorRoles': define(
    rolesOr(['admins', 'everybody'], 100),
    [],
    'Who must have a second factor: ids of roles, "admins" or "everybody". Who has none can do nothing but set one up. A role that is deleted later does no harm.',
  ),
  'login.proofMinutes': define(
    count(1, 1_440),
    10,
    'Minutes after a log-in or confirmation in which dangerous actions need no further confirmation.',
  ),
  'login.notices': define(
    Type.Boolean(),
    true,
    'Tells people by mail of log-ins from new devices and of changes to their ways to sign in.',
  ),
  'password.minLength': define(count(8, 128), 8, 'Fewest characters of a new password.'),
  'password.classes': define(
    count(0, 4),
    0,
    'How many of small letters, capital letters, digits and others a new password must have.',
  ),
  'password.refuseCommon': define(Type.Boolean(), true, 'Refuses the passwords that are tried first.'),
  'password.history': define(
    count(0, 50),
    0,
    'Latest passwords, the present one included, that may not be taken again; 0: any may.',
  ),
  'password.expireDays': define(
    days(),
    0,
    'Days until a password must be changed at the next log-in; 0: never.',
  ),
  'impersonation.enabled': define(
    Type.Boolean(),
    false,
    'Lets administrators act as a user (never as another administrator); everything they do is recorded under both names.',
  ),
  'oidc.accessMinutes': define(
    count(1, 1_440),
    10,
    'Minutes that an access token of the OpenID provider is good for; new ones are had by refreshing.',
  ),
  'oidc.refreshDays': define(
    count(1, 365),
    60,
    'Days until an app that has not refreshed its access must ask its person to sign in again.',
  ),
  'oidc.keyDays': define(
    count(2, 3_650),
    90,
    'Days that a key of the OpenID provider signs; the next one is published up to a week before.',
  ),
  'connectors.allowPrivate': define(
    Type.Boolean(),
    false,
    'Lets requests to addresses that were typed in (OpenID providers, log-out addresses of apps) go to private networks and this machine, and by plain HTTP.',
  ),
  'personal.defaultQuotaMiB': define(
    count(0, 1_000_000_000),
    0,
    'Quota in MiB of personal workspaces made from now on; 0: none.',
  ),
  'guests.enabled': define(
    Type.Boolean(),
    false,
    'Lets users invite guests, who see nothing but what is shared with them. Administrators always may.',
  ),
  'guests.maxPerUser': define(count(0, 10_000), 20, 'Most active guests of one user; 0: any number.'),
  'guests.maxPerDay': define(
    count(0, 10_000),
    50,
    'Most invitations that one user sends on a day (UTC), repeated ones included; 0: any number.',
  ),
  'guests.maxDays': define(
    days(),
    365,
    'Days after which the account of a guest ends at the latest; 0: never.',
  ),
  'people.showEmail': define(
    Type.Boolean(),
    false,
    'Shows mail addresses to everybody who looks for people to share with, and finds people by them.',
  ),
  'personal.template': define(
    Type.String({ minLength: 0, maxLength: 36, pattern: '^[0-9a-f-]*$' }),
    '',
    'Id of the folder whose content personal workspaces begin with, made from now on; empty: none. Chosen on the page of workspaces.',
    '0.2.0',
  ),
  'personal.folders': define(
    Type.Array(Type.String({ minLength: 1, maxLength: 100, pattern: '^[^/\\u0000-\\u001f\\u007f]+$' }), {
      maxItems: 50,
    }),
    [],
    'Names of folders that personal workspaces begin with, made from now on.',
  ),
  'cells.enabled': define(Type.Boolean(), true, 'Whether people may make Cells.'),
  'cells.defaultQuotaMiB': define(
    count(0, 1_000_000_000),
    0,
    'Quota in MiB of Cells made from now on, and the most that their owners may set; 0: none.',
  ),
  'dav.infinityLimit': define(
    count(0, 1_000_000),
    10_000,
    'Most entries of a WebDAV listing with "Depth: infinity"; 0: such listings are refused.',
  ),
  'branding.name': define(
    Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
    'Volvox',
    'Name of this installation, as public pages, mails, authenticator apps and WebDAV clients show it.',
  ),
  'branding.logo': define(
    Type.String({
      maxLength: 100_000,
      pattern: '^(data:image/(png|jpeg|webp|svg\\+xml);base64,[A-Za-z0-9+/]+={0,2})?$',
    }),
    '',
    'Picture at the head of public pages, as a data URL of at most 100,000 signs (PNG, JPEG, WebP or SVG); empty: that of Volvox.',
    '0.2.0',
  ),
  'branding.color': define(
    Type.String({ maxLength: 7, pattern: '^(#[0-9a-fA-F]{6})?$' }),
    '',
    'Colour of the line at the head of public pages, as #rrggbb; empty: none.',
    '0.2.0',
  ),
  'branding.imprintUrl': define(
    Type.String({ maxLength: 500, pattern: '^(https?://[^\\s\\u0000-\\u001f]+)?$' }),
    '',
    'Address of the imprint, at the foot of public pages; empty: none.',
    '0.2.0',
  ),
  'branding.privacyUrl': define(
    Type.String({ maxLength: 500, pattern: '^(https?://[^\\s\\u0000-\\u001f]+)?$' }),
    '',
    'Address of the privacy notice, at the foot of public pages; empty: none.',
    '0.2.0',
  ),
  'mail.host': define(text(0, 253), '', 'Name or address of the mail server (SMTP); empty: no mail is sent.'),
  'mail.port': define(count(1, 65_535), 587, 'Port of the mail server.'),
  'mail.tls': define(
    choice('implicit', 'starttls', 'none'),
    'starttls',
    'Encryption to the mail server: from the start (port 465), by STARTTLS, which is then insisted on, or none.',
  ),
  'mail.auth': define(
    choice('none', 'password', 'oauth2'),
    'none',
    'How to log in to the mail server; password, client secret and refresh token are kept in the vault.',
  ),
  'mail.user': define(text(0, 254), '', 'Name to log in to the mail server with.'),
  'mail.from': define(text(0, 254), '', 'Address that mail comes from.'),
  'mail.replyTo': define(
    text(0, 254),
    '',
    'Address that answers go to; empty: the one that mail comes from.',
  ),
  'mail.language': define(choice('en', 'de', 'fr'), 'en', 'Language of mail to people who have chosen none.'),
  'mail.oauthTokenUrl': define(
    text(0, 500),
    '',
    'Address where a refresh token is changed for an access token.',
  ),
  'mail.oauthClientId': define(text(0, 300), '', 'OAuth2 client that this server is to the mail provider.'),
  'mail.keepDays': define(days(), 30, 'Days that records of sent and failed mail are kept; 0: for good.'),
  'audit.reads': define(
    choice('off', 'links', 'all'),
    'links',
    'Which reads of contents the audit log has: none, those by public links, or all.',
  ),
  'audit.keepDays': define(days(), 365, 'Days that audit events are kept; 0: for good.'),
  'audit.syslog': define(
    text(0, 300),
    '',
    'Syslog server that audit events are streamed to (RFC 5424), as "udp://host:514", "tcp://host:601" or "tls://host:6514"; empty: none.',
  ),
  'audit.webhook': define(
    text(0, 500),
    '',
    'Address (https) that audit events are posted to, signed with the secret in the vault; empty: none.',
  ),
  'audit.webhookInside': define(
    Type.Boolean(),
    false,
    'Lets that address be one of a private network, and plain http.',
  ),
  'links.enabled': define(
    Type.Boolean(),
    true,
    'Whether files may be shared by public links; off closes those there are as well.',
    '0.2.0',
  ),
  'links.passwordRequired': define(
    Type.Boolean(),
    false,
    'Whether a public link needs a password; links without one are closed then.',
    '0.2.0',
  ),
  'links.maxDays': define(
    days(),
    0,
    'Days that a public link lives at most, counted from when it was made; 0: no limit.',
    '0.2.0',
  ),
  'links.defaultDays': define(
    days(),
    0,
    'Days until a new public link ends where its owner says nothing; 0: never.',
    '0.2.0',
  ),
  'links.uploadAllowed': define(
    Type.Boolean(),
    true,
    'Whether visitors of a public link may upload; off closes drop boxes and file requests.',
    '0.2.0',
  ),
  'links.receiptsPerDay': define(
    count(0, 100_000),
    200,
    'Most receipts that one file request mails within 24 hours: each goes to an address that its uploader typed in; 0: none.',
    '0.2.0',
  ),
  'links.customSlug': define(
    Type.Boolean(),
    true,
    'Whether people may choose the address of a public link; off closes those that have such an address.',
    '0.2.0',
  ),
};

export function isSettingKey(key: string): key is keyof SettingValues {
  return Object.hasOwn(settingDefinitions, key);
}

export function settingKeys(): readonly (keyof SettingValues)[] {
  return Object.keys(settingDefinitions).filter(isSettingKey);
}

/** The rules that a value breaks, in words; empty: it is valid. */
export function brokenRules(key: keyof SettingValues, value: unknown): readonly string[] {
  return Value.Errors(settingDefinitions[key].schema, value).map((error) => error.message);
}

export function isValid<K extends keyof SettingValues>(key: K, value: unknown): value is SettingValues[K] {
  return Value.Check(settingDefinitions[key].schema, value);
}
