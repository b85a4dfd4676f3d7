/** What an event calls its people and things: it keeps their names of then, while ids say nothing to who reads. */
import type { AuditEvent } from './audit-event.ts';

type Facts = Readonly<Record<string, unknown>>;
type Told = Pick<AuditEvent, 'kind' | 'before' | 'after' | 'details'>;

const id = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function factsOf({ before, after, details }: Told): Facts {
  return { ...details, ...before, ...after };
}

function text(...values: readonly unknown[]): string | null {
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? null;
}

/** Whom or what it is about; null: it does not say. */
export function subjectName(event: Told): string | null {
  const { login, displayName, name, label, roleName } = factsOf(event);
  const person = text(login);
  if (person === null) return text(roleName, label, name);
  const called = text(displayName, name);
  return called === null || called === person ? person : `${called} (${person})`;
}

/** The file or folder; null: it does not say. */
export function nodeName({ kind, before, after }: Told): string | null {
  return /^(node|workspace)\./.test(kind) ? text(after?.['name'], before?.['name']) : null;
}

/** The facts on one line, and of what was changed how it was; ids are for the dialog. */
export function summaryOf({ details, before, after }: Told): string {
  const was: Facts = before ?? {};
  const lines = Object.entries({ ...details, ...was, ...after }).flatMap(([name, value]) => {
    const changed = after !== null && name in was && shown(was[name]) !== shown(value);
    if (isId(value) || (value === null && !changed)) return [];
    return [`${name}: ${changed ? `${shown(was[name])} → ` : ''}${shown(value)}`];
  });
  return lines.join(', ');
}

function isId(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isId);
  return typeof value === 'string' && id.test(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
