/** What the scripts of package.json do: start, build, check, test, test:quick, test:cluster, test:matrix, bench. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { onSupportedNode, root } from './node.mjs';

if (onSupportedNode()) await main(process.argv[2] ?? '', process.argv.slice(3));

async function main(command, args) {
  const { build, install, run } = await import('./build.mjs');
  switch (command) {
    case 'start':
      build();
      return start(args);
    case 'build':
      return build();
    case 'check':
      install();
      return process.exit((await import('./check.mjs')).check());
    case 'references':
      install();
      return process.exit(run(process.execPath, ['--conditions=source', 'tools/references.ts', ...args]));
    case 'test':
    case 'test:quick':
      install();
      return process.exit(
        await (await import('./test.mjs')).test({ quick: command === 'test:quick', filters: args }),
      );
    case 'test:cluster':
      install();
      await (await import('./test/servers.mjs')).provideServers((line) => console.log(`--- ${line}`));
      return process.exit(
        run(process.execPath, ['--conditions=source', '--no-warnings', ...clusterProgram(args)]),
      );
    case 'test:matrix':
      build();
      await (await import('./test/servers.mjs')).provideServers((line) => console.log(`--- ${line}`));
      return process.exit(
        run(process.execPath, ['--conditions=source', '--no-warnings', 'tests/matrix/run.ts', ...args]),
      );
    case 'bench':
      build();
      return process.exit(await (await import('./bench/main.mjs')).bench(args));
    default:
      console.error(
        'usage: node tools/run.mjs start|build|check|references|test|test:quick|test:cluster|test:matrix|bench',
      );
      process.exit(2);
  }
}

/** `moves` and the others named here are those in volume; else the run of all faults. */
function clusterProgram([first, ...rest]) {
  return ['moves', 'upload', 'crowd', 'outages'].includes(first)
    ? [`tests/cluster/${first}.ts`, ...rest]
    : ['tests/cluster/run.ts', ...(first === undefined ? [] : [first]), ...rest];
}

async function start(args) {
  const bin = path.join(root, 'bin', 'volvox.js');
  process.argv = [process.execPath, bin, 'start', ...args];
  await import(pathToFileURL(bin).href);
}
