import { QueryClient } from '@tanstack/react-query';
import { isApiError } from '@volvox/client';

/** What may heal by itself is tried again with back-off; refusals are shown at once. */
function mayHeal(error: unknown): boolean {
  return isApiError(error, 'unavailable') || isApiError(error, 'timeout') || isApiError(error, 'internal');
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 3 && mayHeal(error),
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 8000) * (0.75 + Math.random() / 2),
    },
    mutations: { retry: false },
  },
});
