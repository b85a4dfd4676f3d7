import { useQuery } from '@tanstack/react-query';
import { isApiError } from '@volvox/client';
import { client } from '../../../api/client.ts';
import { explain } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { t } from '../../../i18n/index.ts';

const key = ['policies'] as const;

export function usePolicies() {
  return useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => (await client.call('listPolicies', { signal })).items,
  });
}

export function policiesChanged(): void {
  void queryClient.invalidateQueries({ queryKey: key });
  void queryClient.invalidateQueries({ queryKey: ['rules'] });
}

const reasons = { network: 'wrongNetwork', time_zone: 'wrongZone', window: 'wrongWindow' } as const;

/** What the server finds wrong with a policy. */
export function explainPolicy(error: unknown): string {
  if (isApiError(error, 'invalid_input')) {
    const reason = error.details['reason'];
    for (const [known, text] of Object.entries(reasons) as [
      keyof typeof reasons,
      (typeof reasons)['network'],
    ][])
      if (known === reason) return t(`policies.${text}`);
    return error.message;
  }
  return explain(error);
}

/** The node at a path, null where there is none that may be seen. */
export async function nodeAt(path: string): Promise<string | null> {
  try {
    return (await client.call('lookupNode', { query: { path: path.trim() } })).id;
  } catch (error) {
    if (isApiError(error, 'not_found') || isApiError(error, 'invalid_input')) return null;
    throw error;
  }
}
