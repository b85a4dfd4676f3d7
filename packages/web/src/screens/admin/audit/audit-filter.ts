/** What the audit page is asked for, as it stands in the address, so that a view can be kept and passed on. */
export interface AuditView {
  readonly q: string;
  readonly area: string;
  readonly address: string;
  readonly actor: string;
  readonly node: string;
  /** Local dates, `2026-11-22`; the whole day of `to` is in. */
  readonly from: string;
  readonly to: string;
}

const fields = ['q', 'area', 'address', 'actor', 'node', 'from', 'to'] as const;

export function viewOf(search: URLSearchParams): AuditView {
  const view = Object.fromEntries(fields.map((field) => [field, search.get(field) ?? '']));
  return view as unknown as AuditView; // every field is named above
}

export function searchOf(view: AuditView): URLSearchParams {
  return new URLSearchParams(fields.map((field) => [field, view[field]]).filter(([, value]) => value !== ''));
}

interface AuditQuery {
  q?: string;
  kind?: string;
  address?: string;
  actor?: string;
  node?: string;
  from?: number;
  to?: number;
}

/** As the server is asked. */
export function queryOf(view: AuditView): AuditQuery {
  const { q, area, address, actor, node, from, to } = view;
  return {
    ...(q.trim() === '' ? {} : { q: q.trim() }),
    ...(area === '' ? {} : { kind: `${area}.*` }),
    ...(address.trim() === '' ? {} : { address: address.trim() }),
    ...(actor === '' ? {} : { actor }),
    ...(node === '' ? {} : { node }),
    ...span('from', from, 0),
    ...span('to', to, 1),
  };
}

function span(name: 'from' | 'to', date: string, days: number): { from?: number; to?: number } {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (parts === null) return {};
  const [, year, month, day] = parts.map(Number);
  return { [name]: new Date(year ?? 0, (month ?? 1) - 1, (day ?? 1) + days).getTime() };
}

export function exportAddress(view: AuditView, format: 'csv' | 'jsonl'): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(queryOf(view))) query.set(name, String(value));
  return `/api/v1/admin/audit/export?${query.toString()}`;
}
