import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Convert, Default } from 'typebox/value';
import { AppError } from '../../kernel/errors.ts';

export type Part = 'params' | 'querystring' | 'body' | 'headers';
export type Validate = (data: unknown) => { readonly value: unknown } | { readonly error: Error };

const maximumFaults = 20;

/**
 * Checks one part of a request against its schema. Query parameters are text on the wire and converted; a JSON body has
 * types of its own and is taken as it is. A schema is compiled when it is first needed: what most nodes never ask for costs neither
 * time at the start nor memory (TypeBox keeps the text that it generates).
 */
export function compileValidator(schema: TSchema, part: Part): Validate {
  let check: ReturnType<typeof Compile> | null = null;
  const convert = part === 'querystring';
  return (data) => {
    const value = convert ? Default(schema, Convert(schema, data)) : part === 'body' ? (data ?? {}) : data;
    check ??= Compile(schema);
    if (check.Check(value)) return { value };
    return { error: faultsOf(part, check.Errors(value)) };
  };
}

interface Fault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
}

function faultsOf(part: Part, errors: readonly Fault[]): AppError {
  const where = part === 'querystring' ? 'query' : part;
  const faults = errors
    .filter((fault) => fault.keyword !== 'additionalProperties' && fault.keyword !== 'anyOf')
    .slice(0, maximumFaults)
    .map((fault) => ({
      path: `${where}${fault.instancePath}`,
      message: fault.keyword === 'boolean' ? 'is not known here' : fault.message,
    }));
  const first = faults[0];
  const text = first === undefined ? `the ${where} breaks its schema` : `${first.path} ${first.message}`;
  return new AppError('invalid_input', text, { details: { faults } });
}
