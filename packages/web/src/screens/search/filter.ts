import type { SearchFilter } from '../../api/queries.ts';

/** The chips, one choice a group, and what they mean to the server. */
export const chipGroups = [
  { name: 'kind', options: ['file', 'folder'] },
  { name: 'date', options: ['today', 'week', 'month', 'year'] },
  { name: 'size', options: ['mb', 'tens', 'hundreds'] },
  { name: 'type', options: ['pdf', 'docx', 'xlsx', 'jpg', 'png', 'mp4', 'txt', 'zip'] },
] as const;

const days: Readonly<Record<string, number>> = { today: 1, week: 7, month: 31, year: 366 };
const sizes: Readonly<Record<string, number>> = { mb: 1e6, tens: 1e7, hundreds: 1e8 };
const dayMs = 86_400_000;

export function filterOf(params: URLSearchParams, q: string, now = Date.now()): SearchFilter {
  const kind = params.get('kind');
  const since = days[params.get('date') ?? ''];
  const minSize = sizes[params.get('size') ?? ''];
  const extension = params.get('type');
  return {
    ...(q ? { q } : {}),
    ...(kind === 'file' || kind === 'folder' ? { kind } : {}),
    // whole days, so that the query's key does not change with every drawing
    ...(since ? { modifiedAfter: (Math.floor(now / dayMs) + 1 - since) * dayMs } : {}),
    ...(minSize ? { minSize } : {}),
    ...(extension ? { extension } : {}),
  };
}
