/** Mail that waits to be sent, and the audit log. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Routes } from '@volvox/api';
import type { Output } from '@volvox/client';
import { startMailServer } from '../../packages/server/src/services/mail/testing.ts';
import { runCli } from '../harness/cli.ts';
import type { Target } from '../harness/server-process.ts';
import { Jar, type Part } from './part.ts';
import { recipient } from './working-together.ts';

const secret = 'hush-hush-1';

async function until<T>(ask: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = await ask();
    if (wanted(found)) return found;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(found)}`);
  }
}

export interface MailPart extends Part {
  /** Everything that waits goes out, once, and the key that was mailed opens the link. */
  deliver(server: Target, restricted: string): Promise<void>;
}

/** A mail server that is not ready to take anything until `deliver`. */
export async function setUpMail({ client }: Target): Promise<MailPart> {
  let open = false;
  const server = await startMailServer({
    ...{ authOptional: false, allowInsecureAuth: true },
    onAuth: ({ password }, _session, done) =>
      password === secret ? done(null, { user: 'volvox' }) : done(new Error('wrong password')),
    onMailFrom: (_address, _session, done) =>
      open ? done() : done(Object.assign(new Error('later'), { responseCode: 451 })),
  });
  const settings = {
    ...{
      'mail.host': '127.0.0.1',
      'mail.port': server.port,
      'mail.tls': 'none',
      'mail.auth': 'password',
      'mail.user': 'volvox',
    },
    'mail.from': 'files@example.org',
  };
  for (const [key, value] of Object.entries(settings))
    await client.call('setSetting', { params: { key }, body: { value } });
  await client.call('setMailSecrets', { body: { password: secret } });
  const queue = async (on: Target) => (await on.client.call('listMail', { query: {} })).items;
  return {
    async see(on) {
      const rows = (await queue(on)).map(({ id, to, template, createdAt, sentAt }) => ({
        ...{ id, to, template, createdAt, sentAt },
      }));
      assert.ok(rows.length >= 3, 'mail waits');
      return { rows, state: await on.client.call('mailState', {}) };
    },
    async use(on) {
      for (const { state } of await queue(on)) assert.match(state, /waiting|sending/);
    },
    async deliver(on, restricted) {
      open = true;
      const waiting = await queue(on);
      const retry = ({ id }: { id: string }): Promise<unknown> =>
        on.client.call('retryMail', { params: { id } }).catch(() => null);
      await until(
        async () => {
          const left = (await queue(on)).filter(({ state }) => state !== 'sent');
          await Promise.all(left.filter(({ state }) => state === 'waiting').map(retry));
          return left;
        },
        (left) => left.length === 0,
      );
      assert.deepEqual(
        server.received.map(({ to, user }) => `${to.join()} ${user}`).sort(),
        waiting.map(({ to }) => `${to} volvox`).sort(),
      );
      const source = server.received.find(({ to }) => to[0] === recipient)?.source ?? '';
      const text = source.replace(/=\r?\n/g, '').replaceAll('=3D', '=');
      const recipientKey = /\/s\/[\w-]+#k=([\w-]+)/.exec(text)?.[1] ?? assert.fail(source);
      const view = await new Jar().on(on, `/s/${restricted}`).call('visitLink', { body: { recipientKey } });
      assert.deepEqual([view.needs, view.link?.roots.map(({ name }) => name)], [[], ['a.txt']]);
    },
    end: () => server.close(),
  };
}

/** What was recorded so far stays, goes on, and proves itself without a server. */
export async function keepRecords(server: Target): Promise<Part> {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-audit-'));
  const exported = async (on: Target): Promise<readonly string[]> => {
    const answer = await on.request('GET', '/api/v1/admin/audit/export');
    assert.equal(answer.status, 200, await answer.clone().text());
    return (await answer.text()).trim().split('\n');
  };
  const caughtUp = (on: Target) =>
    until(
      () => on.client.call('auditStatus', {}),
      ({ pending }) => pending === 0,
    );
  let head = (await caughtUp(server)).head;
  const signaturesIn = (lines: readonly string[]) => lines.filter((line) => line.startsWith('{"checkpoint"'));
  // It is signed at its end.
  let signatures = signaturesIn(await exported(server));
  /** Oldest last. An export would be signed at its end, which the old side can do no more. */
  const events = async (on: Target): Promise<readonly object[]> => {
    const rows = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = { limit: 1000, ...(cursor === '' ? {} : { cursor }) };
      const page: Output<Routes['listAudit']> = await on.client.call('listAudit', { query });
      rows.push(...page.items.filter(({ seq }) => seq <= head));
      cursor = page.next;
    }
    return rows;
  };
  return {
    async see(on) {
      const rows = await events(on);
      assert.equal(rows.length, head, 'none is missing');
      return { rows, keys: (await on.client.call('auditStatus', {})).keys };
    },
    async use(on) {
      const status = await caughtUp(on);
      assert.ok(status.head > head, 'the chain goes on');
      const live = await on.client.call('verifyAudit', {});
      assert.deepEqual([live.ok, live.fault, live.rows >= head], [true, null, true]);
      const [file, key] = [path.join(folder, 'audit.jsonl'), path.join(folder, 'audit.pem')];
      const lines = await exported(on);
      const now = signaturesIn(lines);
      assert.deepEqual(now.slice(0, signatures.length), signatures);
      assert.ok(now.length > signatures.length);
      signatures = now;
      await writeFile(file, lines.map((line) => `${line}\n`).join(''));
      await writeFile(key, status.keys.map((each) => each.publicKey).join(''));
      const proved = await runCli(folder, ['audit', 'verify', file, '--key', key]);
      assert.equal(proved.code, 0, proved.output + proved.errors);
      assert.match(proved.output, /holds: \d+ events, signed up to \d+/);
      head = status.head;
    },
    end: () => rm(folder, { recursive: true, force: true }),
  };
}
