import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger, type Logger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import type { ConfigStore } from '../../stores/config/contract.ts';
import { configMemoryDriver } from '../../stores/config/memory/driver.ts';
import { renderSettingsReference } from './reference.ts';
import { isValid, settingDefinitions, settingKeys } from './schema.ts';
import { startSettings } from './service.ts';

const openConfig = (place: string) =>
  configMemoryDriver.open(parseStoreUrl(`memory:${place}`), {
    log: silentLogger,
    clock: systemClock,
    durability: 'full',
  });

interface Logged {
  readonly level: string;
  readonly fields: object;
}

async function start(t: TestContext, config: ConfigStore) {
  const logged: Logged[] = [];
  const log: Logger = {
    ...silentLogger,
    info: (fields) => void logged.push({ level: 'info', fields }),
    warn: (fields) => void logged.push({ level: 'warn', fields }),
    error: (fields) => void logged.push({ level: 'error', fields }),
  };
  const { api, stop } = await startSettings({ config, clock: systemClock, log });
  t.after(stop);
  return { settings: api, logged, stop };
}

test('has a valid default, a description and a line in the reference for every setting', async (t) => {
  const { settings } = await start(t, await openConfig(newId()));
  const reference = renderSettingsReference();
  for (const info of settings.list()) {
    assert.deepEqual([info.value, info.isDefault, info.revision], [info.default, true, 0]);
    assert.ok(info.description.endsWith('.'));
    assert.ok(reference.includes(`| \`${info.key}\` | `), info.key);
  }
  for (const key of settingKeys()) assert.ok(isValid(key, settingDefinitions[key].default), key);
  assert.match(reference, /\| `trash\.keepDays` \| 0 to 36500 \| `30` \| .* \| 0\.1\.0 \|/);
  assert.match(
    reference,
    /\| `personal\.folders` +\| a list of up to 50, each text of 1 to 100 characters \|/,
  );
  assert.match(reference, /\| `login\.secondFactorRoles` +\| a list of up to 100, each text of 1 to 100 /);
  assert.doesNotMatch(reference, /undefined/);
  assert.equal(settings.get('trash.keepDays'), 30);
  assert.deepEqual(settings.info('login.secondFactorRoles').type, {
    kind: 'list',
    of: 'role',
    names: ['admins', 'everybody'],
    max: 100,
    min: 1,
    length: 100,
  });
  assert.equal(settings.get('branding.name'), 'Volvox');
});

test('what is set holds at once here, soon on another node, and after a restart', async (t) => {
  const place = newId();
  const here = await start(t, await openConfig(place));
  const there = await start(t, await openConfig(place));
  const changed: string[] = [];
  const end = there.settings.onChange((key) => changed.push(key));
  const info = await here.settings.set('trash.keepDays', 7, { actor: 'me' });
  assert.deepEqual([info.value, info.isDefault, here.settings.get('trash.keepDays')], [7, false, 7]);
  await t.waitFor(() => assert.equal(there.settings.get('trash.keepDays'), 7));
  assert.deepEqual(there.settings.info('trash.keepDays'), info);
  await here.settings.unset('trash.keepDays', 'me');
  assert.equal(here.settings.get('trash.keepDays'), 30);
  await t.waitFor(() => assert.equal(there.settings.get('trash.keepDays'), 30));
  assert.equal(there.settings.info('trash.keepDays').revision, 0);
  assert.deepEqual(changed, ['trash.keepDays', 'trash.keepDays']);
  end();
  await here.settings.set('branding.name', 'Haus', { actor: null });
  await t.waitFor(() => assert.equal(there.settings.get('branding.name'), 'Haus'));
  assert.equal(changed.length, 2, 'a listener that left is not called');
  assert.equal((await start(t, await openConfig(place))).settings.get('branding.name'), 'Haus');
});

test('refuses unknown keys and values that break a rule, naming it, and changes nothing', async (t) => {
  const config = await openConfig(newId());
  const { settings } = await start(t, config);
  for (const call of [() => settings.info('nope'), () => settings.info('toString')])
    assert.throws(call, { code: 'not_found' });
  await assert.rejects(settings.set('nope', 1, { actor: null }), { code: 'not_found' });
  await assert.rejects(settings.unset('nope', null), { code: 'not_found' });
  await assert.rejects(settings.history('nope'), { code: 'not_found' });
  await assert.rejects(settings.set('trash.keepDays', -1, { actor: null }), {
    code: 'invalid_input',
    message: /"trash\.keepDays" must be >= 0/,
  });
  for (const value of [1.5, '7', null, [], 36_501]) {
    await assert.rejects(settings.set('trash.keepDays', value, { actor: null }), { code: 'invalid_input' });
  }
  for (const value of ['', 'x'.repeat(101), 'a\nb', 7]) {
    await assert.rejects(settings.set('branding.name', value, { actor: null }), { code: 'invalid_input' });
  }
  assert.deepEqual((await config.list('')).entries, []);
});

test('of two who change the same revision one wins', async (t) => {
  const { settings } = await start(t, await openConfig(newId()));
  const first = await settings.set('trash.keepDays', 1, { revision: 0, actor: 'a' });
  await assert.rejects(settings.set('trash.keepDays', 2, { revision: 0, actor: 'b' }), {
    code: 'precondition_failed',
  });
  const second = await settings.set('trash.keepDays', 3, { revision: first.revision, actor: 'b' });
  await settings.unset('trash.keepDays', 'c');
  const history = await settings.history('trash.keepDays');
  assert.deepEqual(
    history.map(({ value, actor }) => [value, actor]),
    [
      [undefined, 'c'],
      [3, 'b'],
      [1, 'a'],
    ],
  );
  assert.equal(history[1]?.revision, second.revision);
});

test('a damaged stored value is reported once; the default, or the last good value, stays in force', async (t) => {
  const config = await openConfig(newId());
  await config.set('settings/trash.keepDays', 'soon');
  await config.set('settings/of.another.version', 1);
  await config.set('settings', 1);
  const { settings, logged } = await start(t, config);
  assert.equal(settings.get('trash.keepDays'), 30);
  const keys = () =>
    logged.map(({ level, fields }) => `${level} ${Reflect.get(fields, 'setting')}`).toSorted();
  assert.deepEqual(keys(), ['error trash.keepDays', 'warn ', 'warn of.another.version']);
  assert.ok(settings.info('trash.keepDays').revision > 0, 'so that it can be corrected by revision');
  await settings.set('trash.keepDays', 5, { actor: null });
  await config.set('settings/trash.keepDays', -5);
  await config.set('settings/of.another.version', 2);
  await config.set('settings/versions.keepLast', 3);
  await t.waitFor(() => assert.equal(settings.get('versions.keepLast'), 3));
  assert.equal(settings.get('trash.keepDays'), 5);
  assert.deepEqual(keys(), [
    'error trash.keepDays',
    'error trash.keepDays',
    'warn ',
    'warn of.another.version',
  ]);
});

test('a listener that throws harms neither the change nor the other listeners', async (t) => {
  const { settings, logged } = await start(t, await openConfig(newId()));
  const seen: string[] = [];
  settings.onChange(() => {
    throw new Error('mine');
  });
  settings.onChange((key) => seen.push(key));
  await settings.set('logs.keepDays', 3, { actor: null });
  await settings.set('logs.keepDays', 3, { actor: null });
  assert.deepEqual([seen, logged.length], [['logs.keepDays'], 1]);
});

test('when the store cannot be watched the values stay, and all is read anew when it is back', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const place = newId();
  const config = await openConfig(place);
  const writer = await openConfig(place);
  await writer.set('settings/logs.keepDays', 3);
  await writer.set('settings/jobs.keepDays', 3);
  const state = { broken: false, failures: 0 };
  const breakdown = Promise.withResolvers<never>();
  const flaky: ConfigStore = {
    get: (key) => config.get(key),
    set: (...all) => config.set(...all),
    delete: (...all) => config.delete(...all),
    history: (...all) => config.history(...all),
    ping: () => config.ping(),
    close: () => config.close(),
    list: async (prefix) => {
      if (!state.broken) return config.list(prefix);
      state.failures++;
      throw new AppError('unavailable', 'gone');
    },
    async *watch(prefix, after, signal) {
      if (state.failures === 0) await breakdown.promise;
      yield* config.watch(prefix, after, signal);
    },
  };
  const { settings, logged } = await start(t, flaky);
  state.broken = true;
  breakdown.reject(new AppError('unavailable', 'gone'));
  await turnUntil(t, () => state.failures >= 2);
  assert.equal(settings.get('logs.keepDays'), 3);
  assert.deepEqual(
    logged.map(({ level }) => level),
    ['warn'],
    'told once',
  );
  await writer.set('settings/logs.keepDays', 4);
  await writer.delete('settings/jobs.keepDays');
  state.broken = false;
  await turnUntil(t, () => settings.get('logs.keepDays') === 4);
  assert.equal(settings.get('jobs.keepDays'), 30);
  assert.deepEqual(
    logged.map(({ level }) => level),
    ['warn', 'info'],
  );
});

/** Lets the mocked time run until the condition holds. */
async function turnUntil(t: TestContext, condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    assert.ok(turns < 1_000, 'still waiting');
    t.mock.timers.tick(100);
    await new Promise((done) => setImmediate(done));
  }
}

test('stops at once, also while it waits to try again', async (t) => {
  const config = await openConfig(newId());
  const { stop, settings } = await start(t, config);
  await stop();
  await config.set('settings/logs.keepDays', 1);
  assert.equal(settings.get('logs.keepDays'), 14);
  const closed = await openConfig(newId());
  const second = await start(t, closed);
  await closed.close();
  await second.stop();
});
