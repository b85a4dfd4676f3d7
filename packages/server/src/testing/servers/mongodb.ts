import { existsSync } from 'node:fs';
import path from 'node:path';
import { converse } from './conversation.ts';
import { fetchJavaProgram } from './fetching.ts';
import { fetchedServers, findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

const javaFolder = path.join(fetchedServers, 'mongo');

/** A real MongoDB where there is one; else mongo-java-server, which speaks its protocol (no transactions, no retryable writes). */
export const mongodb: ServerRecipe = {
  kind: 'mongodb',
  find: () => {
    const real = findProgram('mongod');
    if (real !== null) return [real];
    const java = findProgram('java');
    if (java === null || !existsSync(path.join(javaFolder, 'Run.class'))) return null;
    const flags = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const classes = [javaFolder, path.join(javaFolder, 'lib', '*')].join(path.delimiter);
    return [java, ...flags, '-cp', classes, 'Run'];
  },
  install: {
    tool: 'mvn',
    fetch: () =>
      fetchJavaProgram(
        javaFolder,
        { group: 'de.bwaldvogel', artifact: 'mongo-java-server-h2-backend', version: '1.47.0' },
        source,
      ),
  },
  // The options of mongod; the Java program takes the same three.
  arguments: (folder, port) => [
    ...['--dbpath', folder],
    ...['--bind_ip', '127.0.0.1'],
    ...['--port', String(port)],
  ],
  answers: (port) => converse(port, ping(), (answer) => answer.includes('ok\0')),
  url: (port) => `mongodb://127.0.0.1:${port}/volvox`,
};

/** Writes reach the disk within 20 ms: a kill may lose the last ones, which a real MongoDB with a journal would keep. */
const source = `
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import org.h2.mvstore.MVStore;

public class Run {
  public static void main(String[] args) {
    MVStore store = new MVStore.Builder().fileName(args[1] + "/store.mv").open();
    store.setAutoCommitDelay(20);
    new MongoServer(new H2Backend(store).version(ServerVersion.MONGO_5_0)).bind(args[3], Integer.parseInt(args[5]));
  }
}
`;

/** OP_MSG with the document {ping: 1, $db: "admin"}. */
function ping(): Buffer {
  const fields = Buffer.from('\x10ping\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0', 'latin1');
  const message = Buffer.alloc(16 + 4 + 1 + 4);
  message.writeInt32LE(message.length + fields.length, 0);
  message.writeInt32LE(1, 4);
  message.writeInt32LE(2013, 12);
  message.writeInt32LE(fields.length + 4, 21);
  return Buffer.concat([message, fields]);
}
