import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { ConfigStore, Json } from '../../stores/config/contract.ts';
import type { SettingInfo, SettingsService, SettingValues } from './api.ts';
import { CurrentSettings } from './current.ts';
import { isSensitive, needsProof } from './protection.ts';
import { valuesOf } from './reference.ts';
import { brokenRules, isSettingKey, isValid, settingDefinitions, settingKeys } from './schema.ts';
import { typeOf } from './type.ts';

export interface SettingsDeps {
  readonly config: ConfigStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const root = 'settings';
const retryMs = 1_000;
const historyLimit = 100;

/** Reads all settings before it resolves and follows them until stopped. @throws what the config store throws */
export async function startSettings(deps: SettingsDeps): Promise<Started<SettingsService>> {
  const current = new CurrentSettings(deps.log);
  const revision = await load(deps.config, current);
  const stopping = new AbortController();
  const following = follow(deps, current, revision, stopping.signal);
  return {
    api: serviceOf(deps.config, current),
    stop: async () => {
      stopping.abort();
      await following;
    },
  };
}

function serviceOf(config: ConfigStore, current: CurrentSettings): SettingsService {
  return {
    get: (key) => current.get(key),
    onChange: (listener) => current.onChange(listener),
    list: () => settingKeys().map((key) => infoOf(current, key)),
    info: (key) => infoOf(current, known(key)),
    async set(key, value, options) {
      const name = known(key);
      checkValue(name, value);
      const revision = await config.set(`${root}/${name}`, value, {
        ...(options.revision === undefined ? {} : { expectedRevision: options.revision }),
        ...(options.actor === null ? {} : { actor: options.actor }),
      });
      current.apply(name, value, revision);
      return infoOf(current, name);
    },
    async unset(key, actor) {
      const name = known(key);
      current.apply(name, undefined, await config.delete(`${root}/${name}`, actor === null ? {} : { actor }));
    },
    async history(key) {
      const records = await config.history(`${root}/${known(key)}`, historyLimit);
      return records.map(({ revision, at, actor, value }) => ({ revision, at, actor, value }));
    },
  };
}

/** @throws not_found */
function known(key: string): keyof SettingValues {
  if (isSettingKey(key)) return key;
  throw new AppError('not_found', `there is no setting "${key}"`);
}

/** @throws invalid_input */
function checkValue(key: keyof SettingValues, value: Json): void {
  if (isValid(key, value)) return;
  const rules = brokenRules(key, value).join(', ');
  throw new AppError('invalid_input', `"${key}" ${rules} (${valuesOf(settingDefinitions[key].schema)})`, {
    details: { key },
  });
}

function infoOf(current: CurrentSettings, key: keyof SettingValues): SettingInfo {
  const definition = settingDefinitions[key];
  const value = current.get(key);
  return {
    key,
    value,
    default: definition.default,
    isDefault: value === definition.default,
    description: definition.description,
    type: typeOf(definition.schema),
    sensitive: isSensitive(key),
    needsProof: needsProof(key),
    revision: current.revision(key),
  };
}

/** @returns the revision that the settings were read at */
async function load(config: ConfigStore, current: CurrentSettings): Promise<number> {
  const { entries, revision } = await config.list(root);
  const stored = new Set<string>();
  for (const entry of entries) {
    const key = entry.key.slice(root.length + 1);
    stored.add(key);
    current.apply(key, entry.value, entry.revision);
  }
  for (const key of settingKeys()) if (!stored.has(key)) current.apply(key, undefined, revision);
  return revision;
}

/** Where the store can't be watched, the last values stay in force, and all is read anew when it is back. */
async function follow(
  deps: SettingsDeps,
  current: CurrentSettings,
  from: number,
  signal: AbortSignal,
): Promise<void> {
  let lostAt: number | null = null;
  let revision: number | null = from;
  while (!signal.aborted) {
    try {
      revision ??= await load(deps.config, current);
      if (lostAt !== null) deps.log.info({ ms: deps.clock.now() - lostAt }, 'settings are followed again');
      lostAt = null;
      for await (const { key, value, revision: at } of deps.config.watch(root, revision, signal)) {
        current.apply(key.slice(root.length + 1), value, at);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (lostAt === null)
        deps.log.warn({ err: error }, 'settings are not followed: the last values stay in force');
      lostAt ??= deps.clock.now();
    }
    revision = null;
    await pause(signal);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, retryMs).unref();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) resolve();
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  });
}
