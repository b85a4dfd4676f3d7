/** One run: servers and nodes, load through the balancer, faults in random order, and at the end what must be true. */
import { generator } from '../faults/load/generator.ts';
import type { Target } from '../harness/server-process.ts';
import { Archive } from './archive.ts';
import { capacity, type Capacity } from './capacity.ts';
import { calmMs, dutiesRanOnce, everyNodeAgrees, journalIsWhole } from './checks.ts';
import { LoadClient } from './client.ts';
import { frozenNode, nodeFaults, serverFaults, type Durations, type Fault } from './faults.ts';
import { LiveListener } from './live.ts';
import { peopleHold } from './people.ts';
import { pause, poll } from './poll.ts';
import {
  locksHoldEverywhere,
  revocation,
  settingsReachAll,
  uploadsMoveOn,
  type Probe,
  type Revocation,
} from './probes.ts';
import { targetOf } from './targets.ts';
import { startTopology, type SqlKind, type Topology } from './topology.ts';
import { Traffic, type WindowReport } from './traffic.ts';
import { Weather } from './weather.ts';

export interface ScenarioOptions {
  readonly sql: SqlKind;
  readonly seed: number;
  /** Which of all faults, in which order; taken again from the start while `minutes` last. */
  readonly choose: (faults: readonly Fault[], random: () => number) => readonly Fault[];
  readonly minutes: number;
  readonly durations: Durations;
  /** Rounds of the measurement of capacity; 0: none. */
  readonly capacityRounds: number;
  readonly log: (line: string) => void;
}

export interface ScenarioReport {
  readonly violations: readonly string[];
  readonly windows: readonly WindowReport[];
  readonly startMs: readonly number[];
  readonly revocations: readonly Revocation[];
  readonly settingMs: number;
  readonly capacity: readonly Capacity[];
  readonly changes: number;
  readonly requests: number;
  readonly reads: number;
  readonly liveBreaks: number;
  readonly dutyRuns: number;
}

const loadClients = 8;
/** Those that come when the balancer has seen that a node is frozen: all others may be waiting for it. */
const lateClients = 2;
const frozenIsSeenMs = 3_500;

export async function runScenario(options: ScenarioOptions): Promise<ScenarioReport> {
  const topology = await startTopology(options.sql);
  try {
    const report = await new Scenario(options, topology).run();
    if (report.violations.length > 0) tellErrors(topology, options.log);
    return report;
  } catch (error) {
    tellErrors(topology, options.log);
    throw error;
  } finally {
    await topology.stop();
  }
}

/** What nodes wrote to their logs at last, where something was wrong. */
function tellErrors({ nodes }: Topology, log: (line: string) => void): void {
  for (const { name, output } of nodes) {
    const lines = output.split('\n').filter((line) => /"level":"?(error|fatal|50|60)/.test(line));
    log(`${name}, last errors:\n${lines.slice(-6).join('\n').slice(0, 4_000)}`);
  }
}

class Scenario {
  readonly #options: ScenarioOptions;
  readonly #topology: Topology;
  readonly #traffic = new Traffic();
  readonly #weather: Weather;
  readonly #violations: string[] = [];
  readonly #revocations: Revocation[] = [];
  readonly #random: () => number;
  readonly #nodes: readonly Target[];
  readonly #balanced: Target;
  #stopped = false;

  constructor(options: ScenarioOptions, topology: Topology) {
    const { balancer, nodes, token } = topology;
    this.#options = options;
    this.#topology = topology;
    this.#random = generator(options.seed);
    this.#weather = new Weather(topology, this.#traffic);
    this.#nodes = nodes.map((node) => targetOf(node.url, token, () => undefined));
    this.#balanced = targetOf(balancer.url, token, this.#traffic.note);
  }

  async run(): Promise<ScenarioReport> {
    const { capacityRounds } = this.#options;
    const common = await this.#balanced.client.call('lookupNode', { query: { path: '/common' } });
    const workspace = (await this.#balanced.client.call('listWorkspaces')).items.find(
      ({ slug }) => slug === 'common',
    );
    const commonId = workspace?.id ?? '';
    const measured =
      capacityRounds === 0 ? [] : await capacity(this.#topology, this.#nodes, common.id, capacityRounds);
    await this.#lookAtPeople(common.id);
    const startMs = await this.#measureStarts();
    const start = (await this.#balanced.client.call('listChanges')).head;
    const live = new LiveListener();
    live.begin(this.#topology.balancer.url, this.#topology.token, start);
    try {
      const { clients, archive } = await this.#underLoad(commonId);
      this.#options.log('the load has ended; looking');
      const rest = await this.#look(clients, archive, live, start, commonId);
      return {
        violations: [...this.#violations, ...this.#traffic.unexplained(this.#weather.windows)],
        windows: this.#weather.reports,
        startMs,
        revocations: this.#revocations,
        capacity: measured,
        changes: clients.reduce((sum, { worker }) => sum + worker.acknowledged, 0),
        requests: this.#traffic.requests,
        reads: archive.reads,
        liveBreaks: live.breaks,
        ...rest,
      };
    } finally {
      live.stop();
    }
  }

  async #underLoad(commonId: string): Promise<{ clients: readonly LoadClient[]; archive: Archive }> {
    const violation = this.#violate;
    const stopped = (): boolean => this.#stopped;
    const archive = new Archive();
    await archive.fill(this.#balanced, (size) => `${this.#random()}`.padEnd(size, 'z'));
    const clients = Array.from(
      { length: loadClients + lateClients },
      (_, index) =>
        new LoadClient(index, this.#options.seed, {
          url: this.#topology.balancer.url,
          token: this.#topology.token,
          commonId,
          note: this.#traffic.note,
          violation,
          stopped,
          active: () => index < loadClients || this.#weather.lastsMs(frozenNode) > frozenIsSeenMs,
          quiet: this.#weather.quiet,
        }),
    );
    for (const client of clients) await client.begin();
    const readers = [this.#anyNode, (): Target => this.#balanced];
    const running = Promise.all([
      ...clients.map((client) => client.run()),
      ...readers.map((pick) => archive.read(pick, this.#random, stopped, violation)),
    ]);
    // A client that fails ends the run, but not before the fault at work has ended.
    running.catch(() => (this.#stopped = true));
    try {
      await this.#bringFaults();
    } finally {
      this.#stopped = true;
    }
    await running.catch((error: unknown) => violation(String(error)));
    return { clients, archive };
  }

  readonly #anyNode = (): Target =>
    this.#nodes[Math.floor(this.#random() * this.#nodes.length)] ?? this.#balanced;

  readonly #violate = (what: string): void => {
    this.#options.log(`VIOLATION ${what}`);
    this.#violations.push(what);
  };

  async #bringFaults(): Promise<void> {
    const { choose, durations, minutes, log } = this.#options;
    const random = generator(this.#options.seed + 1);
    const pick = <T>(list: readonly T[]): T => {
      const found = list[Math.floor(random() * list.length)];
      if (found === undefined) throw new Error('nothing to pick from');
      return found;
    };
    const all = [...nodeFaults(this.#topology, pick, durations), ...serverFaults(this.#topology, durations)];
    const deadline = performance.now() + minutes * 60_000;
    do {
      for (const fault of choose(all, random)) {
        if (this.#stopped) return;
        const report = await this.#weather.bring(fault, () =>
          fault.degrades ? this.#revoke(fault.name) : Promise.resolve(),
        );
        log(describe(report));
      }
    } while (performance.now() < deadline);
  }

  async #revoke(during: string): Promise<void> {
    try {
      this.#revocations.push(await revocation(this.#probe));
    } catch (error) {
      this.#violate(`revocation, ${during}: ${String(error)}`);
    }
  }

  async #lookAtPeople(folderId: string): Promise<void> {
    const from = performance.now();
    await peopleHold(this.#nodes, folderId).catch((error: unknown) =>
      this.#violate(`people: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    );
    this.#options.log(`people and links looked at in ${Math.round(performance.now() - from)} ms`);
  }

  get #probe(): Probe {
    return { nodes: this.#nodes, random: this.#random };
  }

  async #measureStarts(): Promise<number[]> {
    const times: number[] = [];
    for (const node of this.#topology.nodes) {
      await node.end('SIGKILL');
      times.push(await node.start());
    }
    return times;
  }

  async #look(
    clients: readonly LoadClient[],
    archive: Archive,
    live: LiveListener,
    start: number,
    commonId: string,
  ): Promise<{ settingMs: number; dutyRuns: number }> {
    const nodes = this.#nodes;
    const { client } = this.#balanced;
    const calmSince = Date.now();
    const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
      await work().catch((error: unknown) =>
        this.#violate(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
      );
    };
    let settingMs = Number.NaN;
    let dutyRuns = 0;
    for (let turn = 0; turn < 8; turn += 1) await this.#revoke('nothing wrong');
    await attempt('locks', () => locksHoldEverywhere(this.#probe));
    await attempt('uploads', () => uploadsMoveOn(this.#probe));
    await attempt('settings', async () => void (settingMs = await settingsReachAll(this.#probe)));
    await attempt('followers', () =>
      poll('followers have caught up', 60_000, async () =>
        (await client.call('status')).followers.every(({ lag, error }) => lag === 0 && error === null),
      ),
    );
    await attempt('files', async () =>
      (await everyNodeAgrees(nodes, clients, commonId)).forEach(this.#violate),
    );
    await attempt('archive', () => archive.verify(nodes, this.#violate));
    await attempt('search', async () => {
      for (const { worker } of clients) await worker.verifySearch(this.#anyNode());
    });
    await attempt('live updates', async () => live.end((await client.call('listChanges')).head));
    await attempt('journal', async () =>
      (await journalIsWhole(nodes, clients, live.seqs, start)).forEach(this.#violate),
    );
    await attempt('duties', async () => {
      await pause(calmSince + calmMs - Date.now());
      const { runs, wrong } = await dutiesRanOnce(client, 'tree.sizes', 10_000, calmSince);
      dutyRuns = runs;
      wrong.forEach(this.#violate);
    });
    await attempt('check', async () => {
      const { findings } = await client.call('runCheck', { body: { deep: true } });
      for (const finding of findings) this.#violate(`check: ${JSON.stringify(finding)}`);
    });
    return { settingMs, dutyRuns };
  }
}

function describe(report: WindowReport): string {
  const ms = (value: number): string => `${Math.round(value)} ms`;
  return (
    `${report.name.padEnd(36)} ${String(report.requests).padStart(6)} requests, ${report.failed} failed` +
    (report.failed === 0
      ? `, slowest ${ms(report.slowestMs)}`
      : `, until ${ms(report.failingMs)} (${ms(report.healedMs)} after its end), slowest failure ${ms(report.slowestFailureMs)}`)
  );
}
