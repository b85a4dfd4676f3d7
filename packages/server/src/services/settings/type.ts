import type { TSchema } from 'typebox';
import type { SettingType } from './api.ts';

/** What pages and the reference need to know of a schema. */
export function typeOf(schema: TSchema): SettingType {
  const fields = fieldsOf(schema);
  if (fields.get('type') === 'boolean') return { kind: 'switch' };
  if (fields.get('type') === 'integer')
    return { kind: 'number', min: Number(fields.get('minimum')), max: Number(fields.get('maximum')) };
  const choices = fields.get('enum');
  if (Array.isArray(choices)) return { kind: 'choice', choices: choices.map(String) };
  if (fields.get('type') !== 'array') return { kind: 'text', ...lengthOf(fields) };
  const item = fieldsOf(fields.get('items') as TSchema);
  const { min, max: length } = lengthOf(item);
  const names = item.get('names');
  return {
    kind: 'list',
    of: item.get('of') === 'role' ? 'role' : 'text',
    names: Array.isArray(names) ? names.map(String) : [],
    max: Number(fields.get('maxItems')),
    min,
    length,
  };
}

function fieldsOf(schema: TSchema): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(schema));
}

function lengthOf(fields: ReadonlyMap<string, unknown>) {
  return { min: Number(fields.get('minLength') ?? 0), max: Number(fields.get('maxLength')) };
}
