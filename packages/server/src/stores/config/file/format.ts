import { JsonReader, parseJsonFile } from '../../../kernel/json-file.ts';
import { isConfigKey } from '../rules.ts';
import { stateOf, type ConfigState, type StoredChange } from '../state.ts';

const format = 1;

/** One change a line, so that a person can read it and a diff tells something. */
export function renderConfig(state: ConfigState): string {
  const lines = state.changes.map(
    ({ key, json, revision, at, actor }) =>
      `{${JSON.stringify({ key, revision, at, actor }).slice(1, -1)}${json === null ? '' : `,"value":${json}`}}`,
  );
  return `{"volvox":"config","format":${format},"changes":[\n${lines.join(',\n')}\n]}\n`;
}

/** @throws corrupt, unsupported */
export function parseConfig(path: string, text: string): ConfigState {
  const reader = new JsonReader(path);
  const head = reader.head(parseJsonFile(path, text), 'config', format);
  let revision = 0;
  const changes = reader.list(head['changes'], '"changes"').map((item, index) => {
    const change = changeOf(reader, item, `changes[${index}]`);
    if (change.revision <= revision) throw reader.wrong(`changes[${index}].revision`, `above ${revision}`);
    revision = change.revision;
    return change;
  });
  return stateOf(changes);
}

function changeOf(reader: JsonReader, item: unknown, at: string): StoredChange {
  const fields = reader.object(item, at);
  const key = reader.text(fields['key'], `${at}.key`);
  if (!isConfigKey(key)) throw reader.wrong(`${at}.key`, 'a configuration key');
  return {
    key,
    json: Object.hasOwn(fields, 'value') ? JSON.stringify(fields['value']) : null,
    revision: reader.integer(fields['revision'], `${at}.revision`),
    at: reader.integer(fields['at'], `${at}.at`),
    actor: fields['actor'] === null ? null : reader.text(fields['actor'], `${at}.actor`),
  };
}
