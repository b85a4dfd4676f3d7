/** A password whose `/` was not written as %2F, its host forgotten or elsewhere: the rest of it looks like a path, and no error may show that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../kernel/errors.ts';
import { parseStoreUrl } from '../kernel/store-url.ts';
import { subjectPrefix } from './broker/nats/options.ts';
import { redisOptions } from './cache/redis/options.ts';
import { targetOf } from './documents/mongodb/url.ts';

for (const [scheme, read] of [
  ['nats', subjectPrefix],
  ['redis', redisOptions],
  ['mongodb', (url: Parameters<typeof targetOf>[0]) => targetOf(url, 'full')],
] as const)
  test(`${scheme}: nothing of a password is told where a path cannot be meant`, async () => {
    const url = parseStoreUrl(`${scheme}://default:12/34/CANARY *.host`);
    await assert.rejects(
      async () => read(url),
      (error) =>
        isAppError(error, 'invalid_input') && /%2F/.test(error.message) && !/CANARY/.test(error.message),
    );
  });
