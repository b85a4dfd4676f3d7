/** PATCH of RFC 7644 section 3.5.2, as far as our resources go: applied to a copy of the resource, which is then taken as a whole. */
import { filter, parse } from 'scim2-parse-filter';
import { folded } from './folded.ts';
import { isObject, ScimError, urn, type Json } from './wire.ts';

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string | null;
  readonly value: unknown;
}

const maxOperations = 1000;

export function operationsOf(body: Json): readonly Operation[] {
  const list = folded(body)['operations'];
  if (!Array.isArray(list) || list.length === 0 || list.length > maxOperations)
    throw new ScimError(400, 'invalidSyntax', `Operations are 1 to ${maxOperations}`);
  return list.map((each: unknown) => {
    const given = folded(each);
    // Entra writes "Add", "Replace" and "Remove".
    const op = typeof given['op'] === 'string' ? given['op'].toLowerCase() : '';
    if (op !== 'add' && op !== 'replace' && op !== 'remove')
      throw new ScimError(400, 'invalidSyntax', 'op is add, replace or remove');
    const path = typeof given['path'] === 'string' && given['path'] !== '' ? given['path'] : null;
    if (op === 'remove' && path === null) throw new ScimError(400, 'noTarget', 'remove needs a path');
    return { op, path, value: given['value'] };
  });
}

/** Of a user. `name.givenName`, `emails[type eq "work"].value`, `urn:...:User:department`, or an object of such without a path. */
export function patched(resource: Json, operations: readonly Operation[]): Json {
  const draft = structuredClone(resource) as Record<string, unknown>;
  for (const { op, path, value } of operations) {
    if (path !== null) {
      requireKnown(path);
      refuseReadOnly(path);
      set(draft, path, op === 'remove' ? undefined : value);
    } else if (isObject(value))
      // Some send the whole resource: what is read-only may be there as it is, what is not known is passed over.
      for (const [key, each] of Object.entries(value)) {
        if (isSame(draft[keyOf(draft, key)], each)) continue;
        refuseReadOnly(key);
        set(draft, key, each);
      }
    else throw new ScimError(400, 'invalidValue', 'without a path the value is an object');
  }
  return draft;
}

/** Of RFC 7643 sections 3.1, 4.1 and 4.3, whether we keep them or not: clients map what we don't. In lower case. */
const known: ReadonlySet<string> = new Set([
  ...['id', 'externalid', 'meta', 'schemas', 'username', 'name', 'displayname', 'nickname', 'profileurl'],
  ...['title', 'usertype', 'preferredlanguage', 'locale', 'timezone', 'active', 'password', 'emails'],
  ...['phonenumbers', 'ims', 'photos', 'addresses', 'groups', 'entitlements', 'roles', 'x509certificates'],
]);
const knownEnterprise: ReadonlySet<string> = new Set([
  ...['employeenumber', 'costcenter', 'organization', 'division', 'department', 'manager'],
]);

function requireKnown(path: string): void {
  const [extension, rest] = withoutSchema(path);
  const name = /^[^.[]*/.exec(rest)?.[0].toLowerCase() ?? '';
  if (rest === '' || (extension ? knownEnterprise : known).has(name)) return;
  throw new ScimError(400, 'invalidPath', `the path "${path.slice(0, 100)}" is not known`);
}

/** @throws ScimError mutability for what only the server says */
export function refuseReadOnly(path: string): void {
  const [extension, rest] = withoutSchema(path);
  if (!extension && /^(id|meta|groups|schemas)(?![\w$-])/i.test(rest))
    throw new ScimError(400, 'mutability', `"${path.slice(0, 100)}" is read-only`);
}

/** Whether it is the enterprise extension's, and what is left of the path. */
function withoutSchema(path: string): readonly [boolean, string] {
  for (const schema of [urn.enterprise, urn.user, urn.group])
    if (path.toLowerCase().startsWith(schema.toLowerCase()))
      return [schema === urn.enterprise, path.slice(schema.length).replace(/^:/, '')];
  return [false, path];
}

export function isSame(present: unknown, value: unknown): boolean {
  return present !== undefined && JSON.stringify(present) === JSON.stringify(value);
}

const step = /^([A-Za-z$][\w$-]*)(?:\[(.{1,500})\])?(?:\.([A-Za-z$][\w$-]*))?$/;

function set(draft: Record<string, unknown>, path: string, value: unknown): void {
  for (const schema of [urn.enterprise, urn.user])
    if (path.toLowerCase().startsWith(schema.toLowerCase())) {
      const rest = path.slice(schema.length).replace(/^:/, '');
      const inside = schema === urn.user ? draft : objectAt(draft, schema);
      if (rest !== '') return set(inside, rest, value);
      if (!isObject(value)) return void delete draft[keyOf(draft, schema)];
      for (const [key, each] of Object.entries(value)) set(inside, key, each);
      return;
    }
  const match = step.exec(path);
  if (match === null)
    throw new ScimError(400, 'invalidPath', `the path "${path.slice(0, 100)}" is not known`);
  const [, name = '', condition, member] = match;
  if (condition !== undefined) return setWhere(draft, name, condition, member ?? null, value);
  if (member === undefined) return put(draft, name, value);
  const inside = draft[keyOf(draft, name)];
  if (Array.isArray(inside)) return setWhere(draft, name, null, member, value);
  put(objectAt(draft, name), member, value);
}

/** Of a list: what the condition holds for, or a new member that it holds for. */
function setWhere(
  draft: Record<string, unknown>,
  name: string,
  condition: string | null,
  member: string | null,
  value: unknown,
): void {
  const key = keyOf(draft, name);
  const list: unknown[] = Array.isArray(draft[key]) ? (draft[key] as unknown[]) : [];
  const holds = condition === null ? () => true : holdsFor(condition);
  const found = list.filter((each) => isObject(each) && holds(each)) as Record<string, unknown>[];
  if (value === undefined && member === null)
    draft[key] = list.filter((each) => !found.includes(each as never));
  else if (found.length === 0 && value !== undefined)
    draft[key] = [...list, member === null ? value : { ...typeOf(condition), [member]: value }];
  else for (const each of found) put(each, member ?? 'value', value);
}

function holdsFor(condition: string): (value: Json) => boolean {
  try {
    return filter(parse(condition));
  } catch (error) {
    throw new ScimError(400, 'invalidPath', 'the condition in the path is not well-formed', { cause: error });
  }
}

/** What a new member must have for the condition to hold: `type eq "work"`. */
function typeOf(condition: string | null): Json {
  const match = /^(\w+) eq "([^"]*)"$/.exec(condition?.trim() ?? '');
  return match?.[1] === undefined ? {} : { [match[1]]: match[2] };
}

function put(target: Record<string, unknown>, name: string, value: unknown): void {
  const key = keyOf(target, name);
  if (value === undefined || value === null) delete target[key];
  else target[key] = value;
}

function objectAt(target: Record<string, unknown>, name: string): Record<string, unknown> {
  const key = keyOf(target, name);
  if (!isObject(target[key])) target[key] = {};
  return target[key] as Record<string, unknown>;
}

/** As it is written there already. `__proto__` is no attribute. */
function keyOf(target: object, name: string): string {
  if (name === '__proto__') throw new ScimError(400, 'invalidPath', 'this is no attribute');
  return Object.keys(target).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}
