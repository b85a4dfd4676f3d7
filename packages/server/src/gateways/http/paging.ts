const usual = 100;

/** The `limit` of a list; the schema has bounded it. */
export function limitOf(query: { readonly limit?: number }): number {
  return query.limit ?? usual;
}

/** Leaves out what is undefined, so that a service sees only what was asked for. */
export function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  }; // the edge: keys are T's own
}
