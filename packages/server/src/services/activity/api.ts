import type { Activity } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';

export interface ActivityService {
  /** Newest first, as far as the principal may read the nodes; of a person: only the own one, or any for admins. */
  list(
    context: Context,
    filter: { readonly node?: string; readonly user?: string },
    limit: number,
    cursor?: string,
  ): Promise<{ readonly items: readonly Activity[]; readonly next: string | null }>;
}
