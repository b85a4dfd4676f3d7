import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { SettingValues } from './api.ts';

export interface SettingDefinition<Value> {
  readonly schema: TSchema;
  readonly default: Value;
  readonly description: string;
  /** The version that brought it. */
  readonly since: string;
}

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
    'Hours that contents nobody refers to are kept; longer than any upload or backup takes.',
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
  'personal.defaultQuotaMiB': define(
    count(0, 1_000_000_000),
    0,
    'Quota in MiB of personal workspaces made from now on; 0: none.',
  ),
  'dav.infinityLimit': define(
    count(0, 1_000_000),
    10_000,
    'Most entries of a WebDAV listing with "Depth: infinity"; 0: such listings are refused.',
  ),
  'branding.name': define(
    Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
    'Volvox',
    'Name of this installation, as WebDAV clients show it.',
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

function define<S extends TSchema>(
  schema: S,
  value: Static<S>,
  description: string,
  since = '0.1.0',
): SettingDefinition<Static<S>> {
  return { schema, default: value, description, since };
}

function count(minimum: number, maximum: number) {
  return Type.Integer({ minimum, maximum });
}

/** Up to a hundred years. */
function days() {
  return count(0, 36_500);
}
