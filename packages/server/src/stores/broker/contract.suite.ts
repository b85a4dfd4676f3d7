import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../kernel/ids.ts';
import { until } from '../../testing/expectations.ts';
import type { Json } from '../config/contract.ts';
import type { BrokerStore } from './contract.ts';

export interface BrokerCaps {
  /** Messages that a subscriber certainly can't keep while its handler stands still. */
  readonly flood: number;
}

type WithTwo = (title: string, run: (a: BrokerStore, b: BrokerStore, topic: string) => Promise<void>) => void;

/** What every broker driver must do. `open(place)` twice with one place gives two clients of one broker. */
export function brokerSuite(
  name: string,
  open: (place: string) => Promise<BrokerStore>,
  caps: BrokerCaps,
): void {
  const withTwo: WithTwo = (title, run) =>
    test(title, { timeout: 60_000 }, async () => {
      const place = newId();
      const [a, b] = [await open(place), await open(place)];
      try {
        await run(a, b, `suite.${place}`);
      } finally {
        await a.close();
        await b.close();
      }
    });
  describe(`broker: ${name}`, () => {
    deliveryCases(withTwo);
    groupCases(withTwo);
    troubleCases(withTwo, caps);
  });
}

function deliveryCases(withTwo: WithTwo): void {
  withTwo(
    'each subscriber of a topic gets each message, in order, and none of another topic',
    async (a, b, topic) => {
      const seen: Json[][] = [[], [], []];
      await a.subscribe(topic, (payload) => void seen[0]?.push(payload));
      await b.subscribe(topic, (payload) => void seen[1]?.push(payload));
      await b.subscribe(topic, (payload) => void seen[2]?.push(payload));
      await b.subscribe(`${topic}.below`, () => assert.fail('another topic'));
      for (let i = 0; i < 500; i++) await a.publish(topic, { i });
      await until(() => seen.every((list) => list.length === 500), 'the messages');
      for (const list of seen)
        assert.deepEqual(
          list,
          Array.from({ length: 500 }, (_, i) => ({ i })),
        );
    },
  );

  withTwo('order holds also when the handler takes time and publishes do not wait', async (a, b, topic) => {
    const seen: Json[] = [];
    let running = 0;
    await b.subscribe(topic, async (payload) => {
      assert.equal(++running, 1, 'one at a time');
      await new Promise((done) => setImmediate(done));
      running--;
      seen.push(payload);
    });
    await Promise.all(Array.from({ length: 100 }, (_, i) => a.publish(topic, i)));
    await until(() => seen.length === 100, 'the messages');
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  withTwo(
    'nothing from before the subscription, nothing after its end, and a topic nobody hears is fine',
    async (a, b, topic) => {
      await a.publish(topic, 'early');
      await a.ping(); // else it may still be on its way, and b, who has a connection of its own, overtakes it
      const seen: Json[] = [];
      const subscription = await b.subscribe(topic, (payload) => void seen.push(payload));
      await a.publish(topic, 'now');
      await until(() => seen.includes('now'), 'the messages');
      await subscription.end();
      await subscription.end();
      const other: Json[] = [];
      await b.subscribe(topic, (payload) => void other.push(payload));
      await a.publish(topic, 'late');
      await until(() => other.includes('late'), 'the messages');
      assert.deepEqual(other, ['late']);
      assert.deepEqual(seen, ['now']);
    },
  );

  withTwo(
    'what is published once a subscription stands arrives, also while older messages are on their way',
    async (a, b, topic) => {
      for (let i = 0; i < 200; i++) {
        const seen: Json[] = [];
        await a.publish(`${topic}.${i}`, 'early'); // may be heard or not
        const subscription = await b.subscribe(`${topic}.${i}`, (payload) => void seen.push(payload));
        await a.publish(`${topic}.${i}`, 'now');
        await until(() => seen.includes('now'), 'the message');
        assert.ok(['now', 'early,now'].includes(seen.join()), `heard ${seen.join()}`);
        await subscription.end();
      }
    },
  );

  withTwo(
    'payloads: every kind of JSON as it was, 64 KiB and no more; topics are words with dots',
    async (a, b, topic) => {
      const seen: Json[] = [];
      await b.subscribe(topic, (payload) => void seen.push(payload));
      const values: Json[] = [null, false, 0, 'ü\u0000', [], { a: [null] }, 'x'.repeat(65_534)];
      for (const value of values) await a.publish(topic, value);
      await until(() => seen.length === values.length, 'the messages');
      assert.deepEqual(seen, values);
      await assert.rejects(a.publish(topic, 'x'.repeat(65_535)), { code: 'invalid_input' });
      await assert.rejects(a.publish(topic, 'ü'.repeat(33_000)), { code: 'invalid_input' });
      for (const bad of ['', '.', 'a..b', 'a.', 'a b', '*', 'a.>']) {
        await assert.rejects(a.publish(bad, 1), { code: 'invalid_input' }, bad);
        await assert.rejects(
          a.subscribe(bad, () => {}),
          { code: 'invalid_input' },
          bad,
        );
      }
    },
  );

  withTwo('what one subscriber does to a payload, no other sees', async (a, b, topic) => {
    const seen: Json[] = [];
    const spoil = (payload: Json): void => {
      seen.push(structuredClone(payload));
      if (Array.isArray(payload)) payload.push('spoilt');
    };
    await b.subscribe(topic, spoil);
    await b.subscribe(topic, spoil);
    await a.publish(topic, [1]);
    await until(() => seen.length === 2, 'the messages');
    assert.deepEqual(seen, [[1], [1]]);
  });
}

function groupCases(withTwo: WithTwo): void {
  withTwo(
    'a group gets each message once, on whichever client; other groups and subscribers get it too',
    async (a, b, topic) => {
      const [one, two, all]: [Json[], Json[], Json[]] = [[], [], []];
      for (const broker of [a, b, b])
        await broker.subscribe(topic, (payload) => void one.push(payload), { group: 'one' });
      await a.subscribe(topic, (payload) => void two.push(payload), { group: 'two' });
      await b.subscribe(topic, (payload) => void all.push(payload));
      for (let i = 0; i < 60; i++) await a.publish(topic, i);
      await until(() => one.length >= 60 && two.length >= 60 && all.length >= 60, 'the messages');
      const expected = Array.from({ length: 60 }, (_, i) => i);
      assert.deepEqual(
        one.map(Number).toSorted((x, y) => x - y),
        expected,
      );
      assert.deepEqual(two, expected);
      assert.deepEqual(all, expected);
    },
  );

  withTwo('a member that leaves gets no more, the rest of its group goes on', async (a, b, topic) => {
    const [left, stayed]: [Json[], Json[]] = [[], []];
    const leaving = await a.subscribe(topic, (payload) => void left.push(payload), { group: 'g' });
    await b.subscribe(topic, (payload) => void stayed.push(payload), { group: 'g' });
    await leaving.end();
    for (let i = 0; i < 10; i++) await a.publish(topic, i);
    await until(() => stayed.length === 10, 'the messages');
    assert.deepEqual(left, []);
  });
}

function troubleCases(withTwo: WithTwo, caps: BrokerCaps): void {
  withTwo('a handler that throws or rejects loses its message only', async (a, b, topic) => {
    const seen: Json[] = [];
    await b.subscribe(topic, (payload) => {
      seen.push(payload);
      if (payload === 1) throw new Error('thrown');
      if (payload === 2) return Promise.reject(new Error('rejected'));
      return undefined;
    });
    for (const value of [1, 2, 3]) await a.publish(topic, value);
    await until(() => seen.length === 3, 'the messages');
  });

  withTwo('a slow subscriber loses the oldest, is told, and holds up nobody', async (a, b, topic) => {
    const gate = Promise.withResolvers<void>();
    const slow: Json[] = [];
    const fast: Json[] = [];
    let gaps = 0;
    const told: number[] = [];
    await b.subscribe(
      topic,
      async (payload) => {
        slow.push(payload);
        told.push(gaps);
        await gate.promise;
      },
      { onGap: () => void gaps++ },
    );
    await a.subscribe(topic, (payload) => void fast.push(payload));
    await a.publish(topic, -1);
    await until(() => slow.length === 1, 'the messages');
    for (let i = 0; i < caps.flood; i++) {
      await a.publish(topic, i);
      if (i % 500 === 0) await until(() => fast.length >= i, 'the messages');
    }
    await until(() => fast.length === caps.flood + 1, 'the messages');
    assert.equal(slow.length, 1);
    gate.resolve();
    await until(() => slow.at(-1) === caps.flood - 1, 'the messages');
    assert.ok(gaps >= 1, 'told of the gap');
    assert.ok((told[1] ?? 0) >= 1, 'told before the first message after the gap');
    assert.ok(slow.length <= caps.flood, 'something was lost');
    assert.deepEqual(
      slow,
      slow.toSorted((x, y) => Number(x) - Number(y)),
      'in order',
    );
  });

  withTwo('after close nothing is delivered or taken, and others go on', async (a, b, topic) => {
    await a.subscribe(topic, () => assert.fail('closed'));
    await a.close();
    await assert.rejects(a.publish(topic, 1), { code: 'unavailable' });
    await assert.rejects(
      a.subscribe(topic, () => {}),
      { code: 'unavailable' },
    );
    const seen: Json[] = [];
    await b.subscribe(topic, (payload) => void seen.push(payload));
    await b.publish(topic, 1);
    await until(() => seen.length === 1, 'the messages');
  });
}
