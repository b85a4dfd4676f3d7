/**
 * Makes sure that we run on a Node that Volvox supports. Where the installed one is older, the pinned Node comes from npm into
 * `.tools` and the same program goes on under it. Plain JavaScript: this file must load on Node 20.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const pinned = '24.21.0';
const toolsNode = path.join(root, '.tools', 'node_modules', 'node');
const binary = path.join(toolsNode, 'bin', 'node');

function supported() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/** Environment in which `node`, `npm` and compiled parts all belong to the Node that runs now. */
export function toolEnvironment() {
  const own = process.execPath === binary;
  const search = [
    path.join(root, 'node_modules', '.bin'),
    path.dirname(process.execPath),
    process.env.PATH ?? '',
  ];
  return {
    ...process.env,
    PATH: search.join(path.delimiter),
    ...(own ? { npm_config_nodedir: toolsNode } : {}),
  };
}

/** npm under the Node that runs now, whatever the shell's first `node` is. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, script] : ['npm'];
}

/** Re-runs this program under the pinned Node if needed; returns false where the caller is the old process and must do nothing more. */
export function onSupportedNode() {
  if (supported()) return true;
  if (!existsSync(binary)) fetchNode();
  const child = spawn(binary, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, npm_config_nodedir: toolsNode },
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal sends Ctrl-C to the whole group, so the child has it already.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  heedShell();
  child.on('exit', (code) => process.exit(code ?? 1));
  child.on('error', (error) => {
    console.error(`cannot run the pinned Node: ${error.message}`);
    process.exit(1);
  });
  return false;
}

/** npm hands a signal to its shell only, which dies without passing it on: what `npm start` runs takes that for its own SIGTERM. */
export function heedShell() {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  timer.unref();
}

function fetchNode() {
  console.error(
    `Node ${process.versions.node} is older than 22.18: fetching Node ${pinned} from npm into .tools (once)`,
  );
  mkdirSync(path.join(root, '.tools'), { recursive: true });
  const [command, ...first] = npmCommand();
  const args = [
    ...first,
    'install',
    '--prefix',
    path.join(root, '.tools'),
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `node@${pinned}`,
  ];
  const result = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: path.join(root, '.tools'),
  });
  if (result.status !== 0 || !existsSync(binary)) {
    console.error(
      `could not fetch Node ${pinned} from npm; install Node 22.18 or newer, or check the network`,
    );
    process.exit(1);
  }
}
