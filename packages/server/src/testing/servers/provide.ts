/** Makes sure that every kind of server can be started here: found, or installed once. `npm test` calls it, single tests never do. */
import { canInstallDebian, installDebian } from './debian.ts';
import { findProgram } from './finding.ts';
import { givenServer, serverKinds } from './index.ts';
import type { ServerKind, ServerRecipe } from './recipe.ts';
import { recipes } from './recipes.ts';

/** Why it cannot be had, in words for the reader of a test's output. */
export type Missing = string;

/** All kinds at once; idempotent. @returns the kinds that cannot be had */
export async function provideServers(log: (line: string) => void): Promise<ReadonlyMap<ServerKind, Missing>> {
  const results = await Promise.all(
    serverKinds.map(async (kind) => [kind, await provideServer(kind, log)] as const),
  );
  return new Map(results.flatMap(([kind, missing]) => (missing === null ? [] : [[kind, missing]])));
}

/** @returns null where the kind can be started, or is named by the environment */
async function provideServer(kind: ServerKind, log: (line: string) => void): Promise<Missing | null> {
  const recipe = recipes.get(kind);
  if (!recipe) return `no server of the kind ${kind} is known`;
  if (givenServer(kind) || recipe.find()) return null;
  const started = performance.now();
  log(`installing a ${kind} server (${source(recipe)})`);
  const failure = await install(recipe);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (failure === null && recipe.find()) {
    log(`installed a ${kind} server in ${seconds} s`);
    return null;
  }
  return failure ?? `it was installed (${source(recipe)}), but is not found`;
}

function source({ install }: ServerRecipe): string {
  return 'debian' in install ? `Debian package ${install.debian}` : `by ${install.tool}, into .tools/servers`;
}

async function install({ install: how }: ServerRecipe): Promise<Missing | null> {
  if ('debian' in how) {
    if (!canInstallDebian())
      return `not on this machine, and only root on Debian can install it (${how.debian})`;
    return (await installDebian([how.debian])) ? null : `apt-get could not install ${how.debian}`;
  }
  if (findProgram(how.tool) === null) return `not on this machine, and ${how.tool} is not here to fetch it`;
  try {
    await how.fetch();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
