import type { ClusterStatus, LogEntry } from '@volvox/api';
import type { LogFilter } from '../../stores/documents/contract.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly state: 'starting' | 'ready' | 'draining';
  readonly stores: readonly {
    readonly kind: string;
    readonly ok: boolean;
    readonly needed: boolean;
    readonly error: string | null;
  }[];
}

export interface OperationsService {
  readiness(): Promise<Readiness>;
  status(): Promise<ClusterStatus>;
  /** Prometheus text format. */
  metrics(): Promise<string>;
  logs(
    filter: LogFilter,
    limit: number,
    cursor?: string,
  ): Promise<{ readonly items: readonly LogEntry[]; readonly next: string | null }>;
}
