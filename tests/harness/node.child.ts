/** The process behind server-process.ts: a node that takes a few commands of the test besides its requests. */
import { readBootstrap, startNode } from '@volvox/server';
import { armPoint, isArmed, type Fault } from '../../packages/server/src/kernel/fault-points.ts';

interface Command {
  readonly id: number;
  readonly arm?: string;
  readonly fault?: Fault;
  readonly askArmed?: boolean;
  readonly collect?: boolean;
  readonly advanceMs?: number;
  readonly settle?: boolean;
}

let ahead = 0;
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() };
const node = await startNode(readBootstrap(process.env, {}, 'test'), { clock });
const { contents, journal, tree, uploads } = node.services;
const never = new AbortController().signal;

async function run(command: Command): Promise<unknown> {
  if (command.arm !== undefined) armPoint(command.arm, command.fault ?? 'error');
  if (command.advanceMs !== undefined) ahead += command.advanceMs;
  if (command.settle) await journal.settled(AbortSignal.timeout(20_000));
  if (command.askArmed) return isArmed();
  return command.collect ? collect() : null;
}

async function collect(): Promise<{ orphans: number; removed: number }> {
  await tree.finishInterrupted(never);
  await uploads.expire();
  // Twice: what the first turn condemns, the second removes.
  const first = await contents.collect(0);
  const second = await contents.collect(0);
  return { orphans: first.orphans + second.orphans, removed: first.removed + second.removed };
}

process.on('message', (command: Command) => {
  run(command).then(
    (result) => process.send?.({ id: command.id, result }),
    (error: unknown) => process.send?.({ id: command.id, error: String(error) }),
  );
});
process.on('SIGTERM', () => void node.stop(2_000).then(() => process.exit(0)));
// As `volvox start` does.
void node.outdated.then(() => node.stop(2_000)).then(() => process.exit(1));
process.on('disconnect', () => process.exit(1));
process.send?.({ url: node.url });
