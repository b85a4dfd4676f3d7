import type {
  ActivityDocuments,
  DocumentsStore,
  LogDocuments,
  SearchDocuments,
} from '../documents/contract.ts';
import { timed, type Meter } from './meter.ts';

/** Records how long calls take, by contract and method: `search.query`. */
export function measuredDocuments(inner: DocumentsStore, meter: Meter): DocumentsStore {
  return {
    ...(inner.freshlyCreated === undefined ? {} : { freshlyCreated: inner.freshlyCreated }),
    logs: measuredLogs(inner.logs, meter),
    search: measuredSearch(inner.search, meter),
    activity: measuredActivity(inner.activity, meter),
    ping: () => inner.ping(),
    close: () => inner.close(),
  };
}

function measuredLogs(inner: LogDocuments, meter: Meter): LogDocuments {
  const { clock } = meter;
  return {
    append: (entries) => timed(meter, 'logs.append', clock.monotonic(), inner.append(entries)),
    query: (filter, limit, cursor) =>
      timed(meter, 'logs.query', clock.monotonic(), inner.query(filter, limit, cursor)),
    purge: (before) => timed(meter, 'logs.purge', clock.monotonic(), inner.purge(before)),
  };
}

function measuredSearch(inner: SearchDocuments, meter: Meter): SearchDocuments {
  const { clock } = meter;
  return {
    upsert: (documents) => timed(meter, 'search.upsert', clock.monotonic(), inner.upsert(documents)),
    remove: (ids, upTo) => timed(meter, 'search.remove', clock.monotonic(), inner.remove(ids, upTo)),
    query: (filter, limit, cursor) =>
      timed(meter, 'search.query', clock.monotonic(), inner.query(filter, limit, cursor)),
    beginGeneration: () => inner.beginGeneration(),
    endGeneration: (generation) =>
      timed(meter, 'search.end_generation', clock.monotonic(), inner.endGeneration(generation)),
    count: () => timed(meter, 'search.count', clock.monotonic(), inner.count()),
  };
}

function measuredActivity(inner: ActivityDocuments, meter: Meter): ActivityDocuments {
  const { clock } = meter;
  return {
    append: (documents) => timed(meter, 'activity.append', clock.monotonic(), inner.append(documents)),
    query: (filter, limit, cursor) =>
      timed(meter, 'activity.query', clock.monotonic(), inner.query(filter, limit, cursor)),
    purge: (before) => timed(meter, 'activity.purge', clock.monotonic(), inner.purge(before)),
    clear: () => timed(meter, 'activity.clear', clock.monotonic(), inner.clear()),
  };
}
