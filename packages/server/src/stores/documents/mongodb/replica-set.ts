/**
 * A replica set as a client sees it: members in front of one server, which itself knows no replica sets. They say who is primary, refuse
 * what a secondary refuses, and hold elections as the specifications of MongoDB's drivers describe them ("server discovery and
 * monitoring", "retryable writes"). They have no data of their own: what is rolled back never happened at all.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { BSON, Long, ObjectId } from 'mongodb';
import { Member, type Seen } from './replica-set-member.ts';
import { type Command, documentReply, type Request } from './replica-set-wire.ts';

/** What becomes of a write that is under way when the primary goes, in turn. Unanswered and interrupted ones have happened. */
const fates = ['unanswered', 'interrupted', 'refused', 'rolled back'] as const;

/** How the primary goes: it lives on as a secondary, resets all connections, or falls silent. */
export type Departure = 'steps down' | 'resets' | 'falls silent';

export interface Counts {
  /** Writes that happened and whose client was told otherwise, or nothing. */
  unacknowledged: number;
  /** Writes that came a second time: they get the answer of the first, where the set is not forgetful. */
  repeated: number;
  /** Writes that an old primary had taken and the new one does not know. */
  rolledBack: number;
  /** What members refused because they were not the primary. */
  refused: number;
}

const setName = 'stand-in';
const interrupted = [11602, 'InterruptedDueToReplStateChange'] as const;
/** How long a primary that goes owes its writes their answers, so that each election meets some. */
const owingMs = 50;
const writes = new Set(['insert', 'update', 'delete', 'findAndModify', 'create', 'createIndexes', 'drop', 'dropDatabase']); // prettier-ignore
const reads = new Set(['find', 'aggregate', 'count', 'distinct', 'listIndexes', 'listCollections']);
const limits = { maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 };

export class ReplicaSet {
  readonly counts: Counts = { unacknowledged: 0, repeated: 0, rolledBack: 0, refused: 0 };
  readonly #members: Member[] = [];
  readonly #processes: ObjectId[] = [];
  /** By session: the last numbered write and its answer, known to all members as if through the oplog. */
  readonly #answers = new Map<string, { readonly number: string; readonly answer: Promise<Buffer> }>();
  #primary: number | null = 0;
  #term = 1;
  #version = 1;
  #change = Promise.withResolvers<void>();
  /** Set while a primary owes answers. */
  #owing: Promise<void> | null = null;
  /** Writes that are owed their answers, since the set began. */
  #owed = 0;
  #slowMs = 0;
  readonly #forgetful: boolean;

  /** @param forgetful it does again what comes a second time, as if the first had not been numbered */
  static async before(port: number, { size = 3, forgetful = false } = {}): Promise<ReplicaSet> {
    const set = new ReplicaSet(forgetful);
    for (let index = 0; index < size; index++) {
      set.#processes.push(new ObjectId());
      set.#members.push(await Member.start(port, (request, forward) => set.#answer(index, request, forward)));
    }
    return set;
  }

  private constructor(forgetful: boolean) {
    this.#forgetful = forgetful;
  }

  get hosts(): readonly string[] {
    return this.#members.map(({ port }) => `127.0.0.1:${port}`);
  }

  get primary(): string | null {
    return this.#primary === null ? null : (this.hosts[this.#primary] ?? null);
  }

  url(database: string, more = ''): string {
    return `mongodb://${this.hosts.join(',')}/${database}?replicaSet=${setName}${more}`;
  }

  /** From now on answers take so long, those of the monitor excepted: the server lives, and has much to do. */
  slow(ms: number): void {
    this.#slowMs = ms;
  }

  /**
   * @param vacancyMs so long there is no primary. It is over when another one is.
   * @param least so many writes are to be under way when the primary goes
   */
  async elect(departure: Departure, vacancyMs: number, least = 0): Promise<void> {
    const old = this.#primary ?? 0;
    const owed = Promise.withResolvers<void>();
    const before = this.#owed;
    this.#owing = owed.promise;
    await pause(owingMs);
    while (this.#owed < before + least) await pause(5);
    if (departure === 'resets') this.#members[old]?.cut();
    if (departure === 'falls silent') this.#members[old]?.silence();
    this.#primary = null;
    this.#tell();
    this.#owing = null;
    owed.resolve();
    await pause(vacancyMs);
    this.#term++;
    this.#primary = (old + 1) % this.#members.length;
    this.#tell();
  }

  /** Members that were gone are secondaries again. */
  heal(): void {
    for (const member of this.#members) member.heal();
  }

  async close(): Promise<void> {
    for (const member of this.#members) await member.close();
    this.#tell();
  }

  #tell(): void {
    this.#version++;
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }

  async #answer(
    index: number,
    request: Request,
    forward: (request: Request) => Promise<Buffer>,
  ): Promise<Seen> {
    const { command, name } = request;
    if (/^(hello|ismaster)$/i.test(name)) return this.#greet(index, request);
    if (this.#slowMs > 0) await pause(this.#slowMs);
    if (name === 'endSessions') return { reply: documentReply(request, { ok: 1 }) };
    const isWrite = writes.has(name);
    if (index !== this.#primary && isWrite) return this.#refuse(index, request, 10107, 'NotWritablePrimary');
    if (index !== this.#primary && reads.has(name) && modeOf(command) === 'primary')
      return this.#refuse(index, request, 13435, 'NotPrimaryNoSecondaryOk');
    if (!isWrite) return { reply: await forward(request) };
    return this.#write(index, request, forward);
  }

  async #write(
    index: number,
    request: Request,
    forward: (request: Request) => Promise<Buffer>,
  ): Promise<Seen> {
    if (this.#owing === null) {
      const reply = await this.#once(request, forward);
      if (index === this.#primary) return { reply };
      this.counts.unacknowledged++;
      return this.#refuse(index, request, ...interrupted);
    }
    const fate = fates[this.#owed++ % fates.length];
    if (fate === 'rolled back') return this.#rollBack(request);
    if (fate !== 'refused') {
      await this.#once(request, forward);
      this.counts.unacknowledged++;
    }
    await this.#owing;
    if (fate === 'unanswered') return 'reset';
    return this.#refuse(index, request, ...interrupted);
  }

  /**
   * The old primary alone has it, which is success for a client that asks for no majority. Here it never happens, and leaves no number
   * behind.
   */
  async #rollBack(request: Request): Promise<Seen> {
    await this.#owing;
    this.counts.rolledBack++;
    const taken = {
      n: 1,
      nModified: 1,
      value: null,
      lastErrorObject: { n: 1, updatedExisting: true },
      ok: 1,
    };
    const { writeConcern } = request.command;
    if ((writeConcern as { readonly w?: unknown } | undefined)?.w !== 'majority')
      return { reply: documentReply(request, taken) };
    const [code, codeName] = interrupted;
    const writeConcernError = { code, codeName, errmsg: 'operation was interrupted' };
    return { reply: documentReply(request, { ...taken, writeConcernError, ...labelFor(request) }) };
  }

  #once(request: Request, forward: (request: Request) => Promise<Buffer>): Promise<Buffer> {
    const { lsid, txnNumber } = request.command;
    if (lsid === undefined || txnNumber === undefined) return forward(request);
    const session = Buffer.from(BSON.serialize(lsid as Command)).toString('hex');
    const number = String(txnNumber);
    const known = this.#answers.get(session);
    const again = known?.number === number;
    if (again) this.counts.repeated++;
    if (again && !this.#forgetful) return known.answer;
    const answer = forward(request);
    this.#answers.set(session, { number, answer });
    return answer;
  }

  #refuse(index: number, request: Request, code: number, codeName: string): Seen {
    this.counts.refused++;
    const fault = { ok: 0, code, codeName, errmsg: `not primary (${codeName})` };
    const topologyVersion = this.#versionOf(index);
    return { reply: documentReply(request, { ...fault, ...labelFor(request), topologyVersion }) };
  }

  /** With a version and a time to wait: as soon as there is news, and from then on unasked, where the client allows it. */
  async #greet(index: number, request: Request): Promise<Seen> {
    const { topologyVersion, maxAwaitTimeMS } = request.command;
    const known = (topologyVersion as { readonly counter?: unknown } | null | undefined)?.counter;
    if (maxAwaitTimeMS === undefined || String(known) !== String(this.#version))
      return { reply: documentReply(request, this.#greeting(index)), again: maxAwaitTimeMS !== undefined };
    const end = new AbortController();
    const waited = pause(Number(maxAwaitTimeMS), undefined, { signal: end.signal, ref: false });
    await Promise.race([this.#change.promise, waited]);
    end.abort();
    waited.catch(() => {});
    return { reply: documentReply(request, this.#greeting(index)), again: true };
  }

  #greeting(index: number): Command {
    const isWritablePrimary = index === this.#primary;
    const rank = String(this.#term).padStart(16, '0');
    return {
      ...{ isWritablePrimary, ismaster: isWritablePrimary, secondary: !isWritablePrimary, helloOk: true },
      ...{ setName, setVersion: 1, hosts: this.hosts, me: this.hosts[index] },
      ...(this.primary === null ? {} : { primary: this.primary }),
      ...(isWritablePrimary ? { electionId: ObjectId.createFromHexString(`7fffffff${rank}`) } : {}),
      topologyVersion: this.#versionOf(index),
      ...limits,
      lastWrite: { lastWriteDate: new Date() },
      logicalSessionTimeoutMinutes: 30,
      ...{ localTime: new Date(), minWireVersion: 0, maxWireVersion: 13, readOnly: false, ok: 1 },
    };
  }

  #versionOf(index: number): Command {
    return { processId: this.#processes[index], counter: Long.fromNumber(this.#version) };
  }
}

/** Said of numbered writes only. */
function labelFor({ command }: Request): Command {
  return command['txnNumber'] === undefined ? {} : { errorLabels: ['RetryableWriteError'] };
}

function modeOf(command: Command): string {
  const preference = command['$readPreference'] as { readonly mode?: string } | undefined;
  return preference?.mode ?? 'primary';
}
