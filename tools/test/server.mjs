/** A built server for suites: throw-away data, a free loopback port, set up, stopped by its process id. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, toolEnvironment } from '../node.mjs';

const readyLimitMs = 30_000;

/** @returns {Promise<{url: string, login: string, password: string, token: string, pid: number, stop(): Promise<void>}>} */
export async function startTestServer({ env = {}, folder = tmpdir() } = {}) {
  const data = mkdtempSync(path.join(folder, 'volvox-suite-'));
  const login = 'admin';
  const password = 'correct-horse-1';
  const child = spawn(process.execPath, [path.join(root, 'bin/volvox.js'), 'start'], {
    cwd: data,
    env: {
      ...toolEnvironment(),
      VOLVOX_DATA: path.join(data, 'data'),
      VOLVOX_LISTEN: '127.0.0.1:0',
      VOLVOX_ADMIN_LOGIN: login,
      VOLVOX_ADMIN_PASSWORD: password,
      VOLVOX_LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () =>
    new Promise((resolve) => {
      const done = () => {
        rmSync(data, { recursive: true, force: true });
        resolve();
      };
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', done);
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    });
  try {
    const url = await ready(child);
    return { url, login, password, token: await makeToken(url, login, password), pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function ready(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(
      () => reject(new Error(`the server was not ready in time:\n${output}`)),
      readyLimitMs,
    );
    const take = (data) => {
      output += data;
      const match = /Volvox is ready: (\S+)/.exec(output);
      if (!match) return;
      clearTimeout(timer);
      resolve(match[1]);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
  });
}

async function makeToken(url, login, password) {
  const response = await fetch(`${url}/api/v1/tokens`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`,
    },
    body: JSON.stringify({
      kind: 'access_token',
      label: 'suites',
      scopes: ['files:write', 'account', 'admin'],
    }),
  });
  if (response.status !== 201) throw new Error(`making a token: ${response.status} ${await response.text()}`);
  return (await response.json()).secret;
}
