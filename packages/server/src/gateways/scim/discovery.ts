/** What the server offers (RFC 7643 sections 5 to 7). */
import { listOf, urn, type Json } from './wire.ts';

const documentation = 'https://www.rfc-editor.org/rfc/rfc7644';

export function serviceProviderConfig(base: string): Json {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    documentationUri: documentation,
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: 1000 },
    changePassword: { supported: true },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Access token',
        description: 'A personal access token of an administrator with the scope "admin"',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

export function resourceTypes(base: string): readonly Json[] {
  const type = (name: string, schema: string, extensions: readonly Json[]): Json => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: name,
    name,
    endpoint: `/${name}s`,
    schema,
    schemaExtensions: extensions,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  });
  return [
    type('User', urn.user, [{ schema: urn.enterprise, required: false }]),
    type('Group', urn.group, []),
  ];
}

type Kind = 'string' | 'boolean' | 'complex' | 'reference';
interface Shape {
  readonly required?: boolean;
  readonly multiValued?: boolean;
  readonly mutability?: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly uniqueness?: 'none' | 'server';
  readonly subAttributes?: readonly Json[];
}

function attribute(name: string, type: Kind, shape: Shape = {}): Json {
  const mutability = shape.mutability ?? 'readWrite';
  return {
    name,
    type,
    multiValued: shape.multiValued ?? false,
    required: shape.required ?? false,
    caseExact: false,
    mutability,
    returned: mutability === 'writeOnly' ? 'never' : 'default',
    uniqueness: shape.uniqueness ?? 'none',
    ...(shape.subAttributes ? { subAttributes: shape.subAttributes } : {}),
  };
}

const texts = (...names: readonly string[]): Json[] => names.map((name) => attribute(name, 'string'));

export function schemas(base: string): readonly Json[] {
  const schema = (id: string, name: string, attributes: readonly Json[]): Json => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id,
    name,
    attributes,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  });
  return [
    schema(urn.user, 'User', [
      attribute('userName', 'string', { required: true, mutability: 'immutable', uniqueness: 'server' }),
      attribute('name', 'complex', { subAttributes: texts('formatted', 'familyName', 'givenName') }),
      ...texts('displayName', 'title', 'userType', 'preferredLanguage', 'locale'),
      attribute('active', 'boolean'),
      attribute('password', 'string', { mutability: 'writeOnly' }),
      attribute('emails', 'complex', {
        multiValued: true,
        subAttributes: [...texts('value', 'type'), attribute('primary', 'boolean')],
      }),
    ]),
    schema(urn.group, 'Group', [
      attribute('displayName', 'string', { required: true, uniqueness: 'server' }),
      attribute('members', 'complex', {
        multiValued: true,
        subAttributes: [...texts('value', 'display', 'type'), attribute('$ref', 'reference')],
      }),
    ]),
    schema(
      urn.enterprise,
      'EnterpriseUser',
      texts('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
    ),
  ];
}

/** One of them, or all as a list. Null: there is no such. */
export function oneOf(all: readonly Json[], id: string | null): Json | null {
  if (id === null) return listOf(all, all.length, 1);
  return all.find((each) => each['id'] === id) ?? null;
}
