/** What is looked at when everything has come to rest. Each finding is a sentence. */
import { isDeepStrictEqual } from 'node:util';
import type { Change, JobRun } from '@volvox/api';
import type { Client } from '@volvox/client';
import type { Target } from '../harness/server-process.ts';
import type { LoadClient } from './client.ts';
import { Replay } from './journal.ts';
import { feedAfter } from './live.ts';
import { trashOf } from './trash.ts';

/** Files, versions, sizes and trash of each client as it knows them, from every node. */
export async function everyNodeAgrees(
  nodes: readonly Target[],
  clients: readonly LoadClient[],
  commonId: string,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const node of nodes) {
    const trashed = await trashOf(node, commonId);
    for (const { worker } of clients)
      await worker
        .verify(node, trashed)
        .catch((error: unknown) => wrong.push(`${worker.folder} from ${node.url}: ${String(error)}`));
  }
  return wrong;
}

/** What the server's own check finds. Of some ten thousand files that takes longer than a client waits otherwise. */
export async function checked(node: Target, deep: boolean): Promise<string[]> {
  const answer = await node.request('POST', '/api/v1/admin/check', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deep }),
    signal: AbortSignal.timeout(checkLimitMs),
  });
  if (answer.status !== 200) return [`check: ${answer.status} ${await answer.text()}`];
  const { findings } = (await answer.json()) as { findings: readonly unknown[] };
  return findings.map((finding) => `check: ${JSON.stringify(finding)}`);
}

/** The same feed from every node, which the tree fits to; and of the changes that were acknowledged not one more or less. */
export async function journalIsWhole(
  nodes: readonly Target[],
  clients: readonly LoadClient[],
  heard: readonly number[],
  start: number,
): Promise<string[]> {
  const feeds = await Promise.all(nodes.map(({ client }) => feedAfter(client, 0)));
  const [feed = []] = feeds;
  const wrong = feeds.flatMap((each, index) =>
    isDeepStrictEqual(each, feed)
      ? []
      : [`the feed of ${nodes[index]?.url} differs (${each.length} rows, not ${feed.length})`],
  );
  const replay = new Replay(feed);
  wrong.push(...replay.wrong);
  const [node] = nodes;
  if (node !== undefined)
    for (const { worker } of clients)
      for await (const { node: found } of worker.nodes(node)) wrong.push(...replay.compare([found]));
  wrong.push(...heardAll(feed, heard, start));
  return wrong;
}

function heardAll(feed: readonly Change[], heard: readonly number[], start: number): string[] {
  const expected = feed.map(({ seq }) => seq).filter((seq) => seq > start);
  const missed = expected.filter((seq) => !heard.includes(seq));
  const doubled = heard.length - new Set(heard).size;
  return missed.length === 0 && doubled === 0
    ? []
    : [`live updates: missed ${missed.slice(0, 10).join(', ')} (${missed.length}), ${doubled} came twice`];
}

const checkLimitMs = 900_000;

/** How far nodes may be off the database's time, which is what they write down (boot/shared-clock.ts). */
const clocksDifferMs = 600;
/** Until a lease of a node that has gone is over, and a run that is under way is written down. */
const dutyGraceMs = { before: 16_000, after: 6_000 };
/** Enough for two due times of a duty that is due every ten seconds. */
export const calmMs = 45_000;

/** No due time twice, no two runs of a duty at a time; and from `calmSince` on, when nothing was away, none left out. */
export async function dutiesRanOnce(
  client: Client,
  job: string,
  everyMs: number,
  calmSince: number,
): Promise<{ readonly wrong: string[]; readonly runs: number }> {
  const runs: JobRun[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { items: readonly JobRun[]; next: string | null } = await client.call('listRuns', {
      query: { job, limit: 1000, ...(cursor === '' ? {} : { cursor }) },
    });
    runs.push(...page.items);
    cursor = page.next;
  }
  const wrong: string[] = [];
  const due = runs.map((run) => run.scheduledAt).filter((at) => at % everyMs === 0);
  if (new Set(due).size !== due.length) wrong.push(`${job}: a due time has two runs`);
  const first = Math.ceil((calmSince + dutyGraceMs.before) / everyMs) * everyMs;
  const until = Date.now() - dutyGraceMs.after;
  if (first > until) wrong.push(`${job}: the calm was too short to see a due time`);
  for (let at = first; at <= until; at += everyMs)
    if (!due.includes(at)) wrong.push(`${job}: was not run at ${new Date(at).toISOString()}`);
  const spans = runs
    .filter((run) => run.endedAt !== null && run.state === 'done')
    .map((run) => ({ from: run.startedAt, until: run.endedAt ?? 0 }))
    .sort((a, b) => a.from - b.from);
  spans.forEach((span, index) => {
    const before = spans[index - 1];
    if (before !== undefined && before.until > span.from + clocksDifferMs)
      wrong.push(`${job}: two runs at a time, ${before.until - span.from} ms`);
  });
  return { wrong, runs: due.length };
}
