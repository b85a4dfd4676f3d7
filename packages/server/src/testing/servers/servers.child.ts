/** A test process that starts servers, says so in one line (after killing them, with `killed`), and has nothing more to do once its input ends. */
import { text } from 'node:stream/consumers';
import type { ServerKind } from './index.ts';
import { recipes } from './recipes.ts';
import { run } from './running.ts';

const running = [];
for (const kind of process.argv.slice(2) as ServerKind[]) {
  const recipe = recipes.get(kind);
  const program = recipe?.find();
  if (recipe && program) running.push(await run(recipe, program));
}
if (process.argv.includes('killed')) for (const server of running) await server.kill();
process.stdout.write(`${JSON.stringify(running.map(({ pid, folder }) => ({ pid, folder })))}\n`);
await text(process.stdin);
