/** Installs Debian packages, as root on Debian only, without leaving their own daemons running. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

let queue: Promise<unknown> = Promise.resolve();
let listsAreFresh = false;

export function canInstallDebian(): boolean {
  return process.getuid?.() === 0 && isDebian();
}

/** One at a time, as dpkg wants it; false where it did not work. */
export function installDebian(packages: readonly string[]): Promise<boolean> {
  const result = queue.then(async () => {
    if (await install(packages)) return true;
    if (listsAreFresh || !(await aptGet(['update', '-qq']))) return false;
    listsAreFresh = true;
    return install(packages);
  });
  queue = result.catch(() => undefined);
  return result;
}

async function install(packages: readonly string[]): Promise<boolean> {
  const before = enabledServices();
  const done = await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  // What we have installed for tests alone must not run as a service, neither now nor after the next boot.
  const added = enabledServices().filter((unit) => !before.includes(unit));
  if (added.length > 0)
    spawnSync('systemctl', ['disable', '--now', '--quiet', ...added], { stdio: 'ignore' });
  return done;
}

function enabledServices(): readonly string[] {
  if (!existsSync('/run/systemd/system')) return [];
  const list = ['list-unit-files', '--type=service', '--state=enabled', '--no-legend', '--plain'];
  const { stdout } = spawnSync('systemctl', list, { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => /^\S+\.service/.exec(line) ?? []);
}

function aptGet(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
      stdio: 'ignore',
      // In run level 1 no init script starts its daemon.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
