/** Where one of the two sizes lies: a data folder, and with `--sql postgres|mariadb` a database server of its own besides. */
import { createRequire } from 'node:module';
import path from 'node:path';

const load = createRequire(import.meta.url);

/** How to send statements to each engine. @returns `run(text)`, the rows of a question, and `end` */
const connections = {
  sqlite(folder) {
    const Database = load('better-sqlite3');
    const db = new Database(path.join(folder, 'volvox.db'));
    db.pragma('synchronous = off');
    return {
      run: (text) => (/^select/.test(text) ? db.prepare(text).all() : void db.exec(text)),
      end() {
        db.pragma('wal_checkpoint(truncate)');
        db.close();
      },
    };
  },
  async postgres(_folder, url) {
    const { Client } = load('pg');
    const client = new Client({ connectionString: url });
    await client.connect();
    return {
      run: async (text) => (await client.query(text)).rows,
      async end() {
        // Else the server does so by itself, in the middle of what is measured.
        await client.query('vacuum analyze');
        await client.end();
      },
    };
  },
  async mariadb(_folder, url) {
    const client = await load('mysql2/promise').createConnection(url.replace(/^mariadb:/, 'mysql:'));
    return { run: async (text) => (await client.query(text))[0], end: () => client.end() };
  },
};

export const engines = Object.keys(connections);

/** @param engine one of `engines` */
export async function openPlace(folder, engine) {
  const server =
    engine === 'sqlite'
      ? null
      : await (await import('../../packages/server/src/testing/servers/index.ts')).startServer(engine);
  return {
    folder,
    environment: server === null ? {} : { VOLVOX_SQL: server.url },
    /** Of the database server; empty where the node itself is it. */
    pids: server === null ? [] : [server.pid],
    /** While no node runs. @param work is given `run` */
    async sql(work) {
      const { run, end } = await connections[engine](folder, server?.url);
      try {
        return await work(run);
      } finally {
        await end();
      }
    },
    close: async () => void (await server?.stop()),
  };
}
