import type { Logger } from '../../kernel/logger.ts';
import type { Json } from '../../stores/config/contract.ts';
import type { SettingValues } from './api.ts';
import { brokenRules, isSettingKey, isValid, settingDefinitions } from './schema.ts';

type Listener = (key: keyof SettingValues) => void;

/** The values in force in this process. Takes changes from anywhere, in any order and repeatedly: the newest revision wins. */
export class CurrentSettings {
  readonly #values: { -readonly [K in keyof SettingValues]?: SettingValues[K] } = {};
  /** Last change applied, by key, and the revision of the stored value (0: none). */
  readonly #revisions = new Map<string, { readonly seen: number; readonly stored: number }>();
  readonly #listeners = new Set<Listener>();
  readonly #unknown = new Set<string>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  get<K extends keyof SettingValues>(key: K): SettingValues[K] {
    return this.#values[key] ?? settingDefinitions[key].default;
  }

  revision(key: keyof SettingValues): number {
    return this.#revisions.get(key)?.stored ?? 0;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** `undefined`: nothing is stored. A value that breaks a rule leaves the last good one in force. */
  apply(key: string, value: Json | undefined, revision: number): void {
    if (!isSettingKey(key)) {
      if (value !== undefined) this.#reportUnknown(key, revision);
      return;
    }
    const last = this.#revisions.get(key);
    if (last !== undefined && revision <= last.seen) return;
    this.#revisions.set(key, { seen: revision, stored: value === undefined ? 0 : revision });
    const before = this.get(key);
    if (value === undefined) delete this.#values[key];
    else if (!this.#accept(key, value)) this.#reportDamaged(key, value, revision);
    if (this.get(key) !== before) this.#tell(key);
  }

  #accept<K extends keyof SettingValues>(key: K, value: Json): boolean {
    if (!isValid(key, value)) return false;
    this.#values[key] = value;
    return true;
  }

  #tell(key: keyof SettingValues): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(key);
      } catch (error) {
        this.#log.error({ setting: key, err: error }, 'a listener of the settings threw');
      }
    }
  }

  #reportUnknown(key: string, revision: number): void {
    if (this.#unknown.has(key)) return;
    this.#unknown.add(key);
    this.#log.warn(
      { setting: key, revision },
      'a stored setting is unknown to this version and has no effect',
    );
  }

  #reportDamaged(key: keyof SettingValues, value: Json, revision: number): void {
    const fields = { setting: key, revision, rules: brokenRules(key, value), inForce: this.get(key) };
    this.#log.error(fields, 'a stored setting breaks its rules and has no effect');
  }
}
