import { sql, type RawBuilder } from 'kysely';
import type { Dialect } from '../../stores/sql/contract.ts';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { LocksTable, LockTables } from './tables.ts';

const define = queriesOf<LockTables>();

/** Mostly there is no lock at all, and SQLite, asked that first, does not look for any: 3 us instead of 50 for each delete. */
function thereAreSome(dialect: Dialect): RawBuilder<boolean> {
  return dialect === 'sqlite' ? sql<boolean>`exists (select 1 from locks)` : sql<boolean>`1 = 1`;
}

/** Living locks set directly on these nodes. */
export const locksOn = define<{ ids: readonly string[]; now: number }, LocksTable>((db, p, dialect) =>
  db
    .selectFrom('locks')
    .selectAll()
    .where(thereAreSome(dialect))
    .where(inList('node_id', p.ids, dialect))
    .where('expires_at', '>', p.now),
);

/** The same, and those anywhere below `top`; one may come twice (SQLite makes a table of its own to tell, which costs 100 us a delete). */
export const locksOnOrBelow = define<{ ids: readonly string[]; top: string; now: number }, LocksTable>(
  (db, p, dialect) =>
    db
      .selectFrom('locks')
      .selectAll()
      .where(thereAreSome(dialect))
      .where(inList('node_id', p.ids, dialect))
      .where('expires_at', '>', p.now)
      .unionAll(
        db
          .selectFrom('lock_chain')
          .innerJoin('locks', 'locks.token', 'lock_chain.token')
          .selectAll('locks')
          .where(thereAreSome(dialect))
          .where('lock_chain.node_id', '=', p.top)
          .where('locks.expires_at', '>', p.now),
      ),
);

export const lockByToken = define<{ token: string; now: number }, LocksTable>((db, p) =>
  db.selectFrom('locks').selectAll().where('token', '=', p.token).where('expires_at', '>', p.now),
);

/** Tokens of every lock on or below these nodes, expired ones included. */
export const tokensBelow = define<{ ids: readonly string[] }, { token: string }>((db, p, dialect) =>
  db
    .selectFrom('lock_chain')
    .select('token')
    .distinct()
    .where(thereAreSome(dialect))
    .where(inList('node_id', p.ids, dialect)),
);

/** Held until the commit: none of them is prolonged meanwhile. */
export const expiredTokens = define<{ now: number; limit: number }, { token: string }>((db, p, dialect) => {
  const query = db
    .selectFrom('locks')
    .select('token')
    .where('expires_at', '<=', p.now)
    .orderBy('expires_at')
    .limit(p.limit);
  return dialect === 'sqlite' ? query : query.forUpdate();
});

export const insertLock = define<{ [K in keyof LocksTable]: LocksTable[K] }>((db, p) =>
  db.insertInto('locks').values({
    token: p.token,
    node_id: p.node_id,
    root_id: p.root_id,
    scope: p.scope,
    depth: p.depth,
    owner: p.owner,
    user_id: p.user_id,
    expires_at: p.expires_at,
  }),
);

export const insertChain = define<{ nodeId: string; token: string }>((db, p) =>
  db.insertInto('lock_chain').values({ node_id: p.nodeId, token: p.token }),
);

export const prolong = define<{ token: string; expiresAt: number }>((db, p) =>
  db.updateTable('locks').set({ expires_at: p.expiresAt }).where('token', '=', p.token),
);

export const deleteLocks = define<{ tokens: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('locks').where(inList('token', p.tokens, dialect)),
);

export const deleteChains = define<{ tokens: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('lock_chain').where(inList('token', p.tokens, dialect)),
);

/** Makes or touches the guard row: its lock lasts until the end of the transaction. */
export const takeGuard = define<{ rootId: string }>((db, p, dialect) => {
  const insert = db.insertInto('lock_guards').values({ root_id: p.rootId, turns: 1 });
  if (dialect === 'mysql') return insert.onDuplicateKeyUpdate((e) => ({ turns: e('turns', '+', 1) }));
  return insert.onConflict((c) =>
    c.column('root_id').doUpdateSet((e) => ({ turns: e('lock_guards.turns', '+', 1) })),
  );
});
