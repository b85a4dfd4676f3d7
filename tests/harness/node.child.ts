/** The process behind server-process.ts: a node that takes a few commands of the test besides its requests. */
import { readBootstrap, startNode } from '@volvox/server';
import { armPoint, type Fault } from '../../packages/server/src/kernel/fault-points.ts';

interface Command {
  readonly id: number;
  readonly arm?: string;
  readonly fault?: Fault;
  readonly collect?: boolean;
}

const node = await startNode(readBootstrap(process.env, {}, 'test'));
const { contents, tree, uploads } = node.services;
const never = new AbortController().signal;

async function run(command: Command): Promise<unknown> {
  if (command.arm !== undefined) armPoint(command.arm, command.fault ?? 'error');
  if (!command.collect) return null;
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
process.on('disconnect', () => process.exit(1));
process.send?.({ url: node.url });
