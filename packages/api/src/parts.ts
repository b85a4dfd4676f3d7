/** What many routes are made of; not part of the contract by itself. */
import { Type, type TSchema } from 'typebox';
import { Id, Time } from './schemas.ts';

/** A body with a field that is not listed is refused. */
export const strict = { additionalProperties: false };
export const byId = Type.Object({ id: Id });
export const Empty = { responseKind: 'empty' } as const;
export const Nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()]);
/** How many entries of a list one answer may hold. */
export const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 }));
/** The same for lists whose entries are dear to gather. */
export const ShortLimit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 }));
/** Somebody or something by name. */
export const Who = Type.Object({ id: Id, name: Type.String() });
export const NodeIds = Type.Array(Id, { maxItems: 200, uniqueItems: true });
export const Label = Type.String({ minLength: 1, maxLength: 100 });
/** A token that proves something once: of a challenge, of a mailed link. */
export const Secret = Type.String({ minLength: 1, maxLength: 100 });
/** Of an authenticator application, or a recovery code. */
export const Code = Type.String({ minLength: 1, maxLength: 40 });
export const LinkPassword = Type.String({ minLength: 1, maxLength: 1024 });
export const Mail = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@<>"]+@[^\\s@<>"]+$' });
export const Description = Type.String({ maxLength: 1000 });
/** When something ends by itself; null: never. */
export const End = Type.Optional(Nullable(Time));
/** A list that is given whole. */
export const items = <T extends TSchema>(type: T) => Type.Object({ items: Type.Array(type) });
/** Something, and the user, group or team that it is done to. */
export const ofTwo = Type.Object({ id: Id, subjectId: Id });
