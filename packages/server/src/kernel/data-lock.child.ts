/** Holds the lock of a data folder until it is killed, for data-lock.test.ts. */
import { lockDataFolder } from './data-lock.ts';

await lockDataFolder(process.argv[2] ?? '');
process.stdout.write('locked\n');
setInterval(() => {}, 60_000);
