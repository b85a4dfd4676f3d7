/**
 * `npm test`: every suite of test/suites.mjs, two at a time; ends with `N passed, N failed`.
 * What cannot be had is a loud skip on a person's machine and a failure where CI is set.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { root, toolEnvironment } from './node.mjs';
import { startTestServer } from './test/server.mjs';
import { noServers, provideServers, startServers } from './test/servers.mjs';
import {
  checkSuite,
  conformanceSuites,
  debianPackages,
  engineSuites,
  quickSuites,
  systemSuites,
} from './test/suites.mjs';

const suiteLimitMs = 15 * 60_000;
const totals = { passed: 0, failed: 0, skipped: [] };

/** @param filters names (or parts) of suites; none: all */
export async function test({ quick, filters }) {
  const wanted = (suite) => filters.length === 0 || filters.some((f) => suite.name.includes(f));
  if (quick)
    for (const suite of quickSuites().filter(wanted)) await perform(suite, { environment: noServers });
  else await everything(wanted);
  for (const line of totals.skipped) console.log(`SKIPPED ${line}`);
  // Quick means without servers: what needs them is left out on purpose there.
  if (process.env.CI && !quick) totals.failed += totals.skipped.length;
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

async function everything(wanted) {
  const log = (line) => console.log(`--- ${line}`);
  const suites = [checkSuite(), ...quickSuites(), ...systemSuites(), ...engineSuites()].filter(wanted);
  const needed = suites.some((suite) => suite.servers);
  // Begun before the build: a download may take longer.
  const provided = needed && !isSet(noServers) ? provideServers(log) : null;
  build();
  for (const name of await installPackages())
    report({ name, missing: 'not on this machine, and only root on Debian can install it' });
  const servers = provided && startServers(provided, log);
  // What needs no server goes first: installing one may take a while.
  const work = [
    () => conformance(wanted),
    ...suites.toSorted((a, b) => Number(a.servers === true) - Number(b.servers === true)),
  ].map((item) => (typeof item === 'function' ? item : () => perform(item, servers)));
  try {
    await Promise.all([inTurn(work), inTurn(work)]);
    for (const missing of (await servers)?.missing ?? []) report(missing);
  } finally {
    await (await servers)?.stop();
  }
}

/** Takes what comes next until nothing is left; two of these share the work. */
async function inTurn(work) {
  for (let next = work.shift(); next !== undefined; next = work.shift()) await next();
}

function isSet(environment) {
  return Object.entries(environment).every(([name, value]) => process.env[name] === value);
}

/** Other people's suites, one after another against one server. */
async function conformance(wanted) {
  if (!conformanceSuites({}).some(wanted)) return;
  const server = await startTestServer();
  try {
    for (const suite of conformanceSuites(server).filter(wanted)) await perform(suite, null);
  } finally {
    await server.stop();
  }
}

/** @param servers those (or their promise) that suites marked with `servers` wait for */
async function perform(suite, servers) {
  const environment = suite.servers ? (await servers)?.environment : {};
  report(suite.missing ? suite : { ...suite, ...(await execute(suite, environment)) });
}

function report({ name, missing, code, output, counts, seconds }) {
  if (missing) {
    console.log(`--- ${name}: SKIPPED, ${missing}`);
    totals.skipped.push(`${name}: ${missing}`);
    return;
  }
  const result = counts(output) ?? { passed: 0, failed: 1, skipped: [] };
  // A suite that ends badly without a failed test (crash, time limit) has failed all the same.
  if (code !== 0 && result.failed === 0) result.failed = 1;
  totals.passed += result.passed;
  totals.failed += result.failed;
  totals.skipped.push(...(result.skipped ?? []).map((s) => `${name}: ${s}`));
  if (result.failed > 0 || code !== 0)
    console.log(
      output
        .split('\n')
        .filter((l) => !l.startsWith('#counts'))
        .slice(-400)
        .join('\n'),
    );
  console.log(`--- ${name}: ${result.passed} passed, ${result.failed} failed (${seconds.toFixed(0)} s)`);
}

function execute(suite, environment) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(suite.command, suite.args, {
      cwd: suite.cwd ?? root,
      env: { ...toolEnvironment(), ...environment, ...suite.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const take = (data) => (output += data);
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const timer = setTimeout(() => {
      output += `\nno end after ${suiteLimitMs / 60_000} minutes\n`;
      process.kill(-child.pid, 'SIGKILL');
    }, suiteLimitMs);
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, output, seconds: (performance.now() - started) / 1000 });
    });
  });
}

/** @returns the commands that are still missing */
async function installPackages() {
  const missing = () =>
    Object.keys(debianPackages).filter(
      (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0,
    );
  const names = missing();
  if (names.length === 0) return [];
  const { canInstallDebian, installDebian } =
    await import('../packages/server/src/testing/servers/debian.ts');
  if (canInstallDebian()) await installDebian(names.map((name) => debianPackages[name]));
  return missing();
}

if (!existsSync(path.join(root, 'package-lock.json'))) throw new Error('run this from a checkout');
