import assert from 'node:assert/strict';
import type { RunAs, ServerRecipe } from '../../testing/servers/recipe.ts';
import { run, type Running } from '../../testing/servers/running.ts';

/** How a primary is lost: it ends without a word, or is silent with all connections open. */
export type Loss = 'killed' | 'frozen';

export interface Member {
  readonly server: Running;
  readonly runAs: RunAs;
}

/** A primary and a replica of it, and what an operator's fail-over tool does with them. */
export abstract class ServerPair {
  protected primary: Member;
  protected replica: Member;

  constructor([primary, replica]: readonly [Member, Member]) {
    this.primary = primary;
    this.replica = replica;
  }

  /** Of both, the replica first: whoever follows the order alone would be wrong. */
  get url(): string {
    const hosts = [this.replica, this.primary].map(({ server }) => `127.0.0.1:${server.port}`);
    return `${this.account}@${hosts.join(',')}/volvox`;
  }

  async lose(how: Loss): Promise<void> {
    if (how === 'killed') await this.primary.server.kill();
    else this.primary.server.freeze();
  }

  /** The replica becomes the primary, which acknowledges alone until `replicate`. */
  async promote(): Promise<void> {
    await this.takeOver();
    [this.primary, this.replica] = [this.replica, this.primary];
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.server.stop(), this.replica.server.stop()]);
  }

  /** Makes what is not the primary a new copy of it; from then on a commit is acknowledged when both have it. */
  abstract replicate(): Promise<void>;
  /** Scheme and user of the URL, as `postgres://me`. */
  protected abstract readonly account: string;
  /** Makes the replica write, with all that it has received. */
  protected abstract takeOver(): Promise<void>;
}

/** Two servers that know nothing of each other. */
export async function startTwo(recipe: ServerRecipe): Promise<[Member, Member]> {
  const primary = await startMember(recipe);
  try {
    return [primary, await startMember(recipe)];
  } catch (error) {
    await primary.server.stop();
    throw error;
  }
}

async function startMember(recipe: ServerRecipe): Promise<Member> {
  const program = recipe.find();
  assert.ok(program);
  let runAs: RunAs | null = null;
  const prepare: ServerRecipe['prepare'] = async (found, folder, runs) => {
    runAs = runs;
    await recipe.prepare?.(found, folder, runs);
  };
  const server = await run({ ...recipe, prepare }, program);
  assert.ok(runAs);
  return { server, runAs };
}
