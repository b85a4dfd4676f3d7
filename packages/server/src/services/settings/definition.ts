/** What a setting is made of. */
import { Type, type Static, type TSchema } from 'typebox';

export interface SettingDefinition<Value> {
  readonly schema: TSchema;
  readonly default: Value;
  readonly description: string;
  /** The version that brought it. */
  readonly since: string;
}

export function define<S extends TSchema>(
  schema: S,
  value: Static<S>,
  description: string,
  since = '0.1.0',
): SettingDefinition<Static<S>> {
  return { schema, default: value, description, since };
}

export function count(minimum: number, maximum: number) {
  return Type.Integer({ minimum, maximum });
}

/** One line. */
export function text(minLength: number, maxLength: number) {
  return Type.String({ minLength, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });
}

export function choice<const Choice extends string>(...values: readonly Choice[]) {
  return Type.Unsafe<Choice>(Type.Enum([...values]));
}

/** Ids of roles and these names: `of` and `names` say so to who shows the setting (`type.ts`), they are no rules of JSON schema. */
export function rolesOr(names: readonly string[], maxItems: number) {
  return Type.Array(Type.String({ minLength: 1, maxLength: 100, of: 'role', names }), { maxItems });
}

/** Up to a hundred years. */
export function days() {
  return count(0, 36_500);
}
