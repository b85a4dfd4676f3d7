import type { Context } from '../../kernel/context.ts';
import type { SearchFilter } from '../../stores/documents/contract.ts';
import type { Located } from '../tree/api.ts';

export interface SearchService {
  /** Hits that the principal may read, best first; trash is left out. `within`: only below this node. */
  search(
    context: Context,
    filter: SearchFilter & { readonly workspaceId?: string; readonly within?: string },
    limit: number,
    cursor?: string,
  ): Promise<{ readonly items: readonly Located[]; readonly next: string | null }>;
}
