/** Puts a stream without an end, to be killed in the middle of its upload. Arguments: store URL, key. */
import { openStore } from './testing.ts';

const [url = '', key = ''] = process.argv.slice(2);
const store = await openStore(url);

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

await store.put(key, endless());
