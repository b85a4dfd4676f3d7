// TEMPORARY stand-in by the lead (uncommitted) until the SQLite driver is there. Overwrite index.ts and delete this file.
import type { Driver } from '../../kernel/service.ts';
import type { ActivityDocument, DocumentsStore, LogDocument, SearchDocument } from './contract.ts';
export const standin: Driver<DocumentsStore> = {
  scheme: 'sqlite',
  parameters: {},
  open() {
    const logs: LogDocument[] = [];
    const docs = new Map<string, SearchDocument>();
    let acts: ActivityDocument[] = [];
    const fold = (s: string) => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
    const store: DocumentsStore = {
      logs: {
        append: async (e) => void logs.push(...e),
        query: async (_f, l) => ({ items: logs.slice(-l).reverse(), next: null }),
        purge: async () => 0,
      },
      search: {
        upsert: async (d) => d.forEach((x) => docs.set(x.id, x)),
        remove: async (ids) => ids.forEach((i) => docs.delete(i)),
        query: async (f, l) => ({
          items: [...docs.values()]
            .filter(
              (d) => fold(d.name).includes(fold(f.text ?? '')) && (f.kind === undefined || d.kind === f.kind),
            )
            .slice(0, l),
          next: null,
        }),
        beginGeneration: async () => 1,
        endGeneration: async () => {},
        count: async () => docs.size,
      },
      activity: {
        append: async (d) => void acts.push(...d),
        query: async (f, l) => ({
          items: acts
            .filter(
              (a) =>
                (f.feedId === undefined || a.feedIds.includes(f.feedId)) &&
                (f.actorId === undefined || a.actorId === f.actorId),
            )
            .reverse()
            .slice(0, l),
          next: null,
        }),
        purge: async () => 0,
        clear: async () => void (acts = []),
      },
      ping: async () => ({ version: null }),
      close: async () => {},
    };
    return Promise.resolve(store);
  },
};
