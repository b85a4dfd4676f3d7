/** The servers that `npm run bench` compares: how each is had, configured on a folder, and started. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npmCommand, root, toolEnvironment } from '../node.mjs';

export const login = 'bench';
export const password = 'bench-password-1';

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

function debian(command, name) {
  if (!has(command) && process.getuid?.() === 0) {
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  return has(command);
}

/** Each: `prepare(folder, port)` makes the configuration and returns what fsload needs, or null where the peer can't be had. */
export const peers = {
  volvox: (folder, port) => volvox(folder, port, 'relaxed'),
  'volvox durable': (folder, port) => volvox(folder, port, 'full'),
  rclone(folder, port) {
    if (!debian('rclone', 'rclone')) return null;
    mkdirSync(folder, { recursive: true });
    return {
      base: `http://127.0.0.1:${port}/`,
      spawn: `rclone serve webdav '${folder}' --addr 127.0.0.1:${port} --user ${login} --pass ${password}`,
    };
  },
  apache(folder, port) {
    if (!debian('apache2', 'apache2')) return null;
    for (const sub of ['files', 'run']) mkdirSync(path.join(folder, sub), { recursive: true });
    const hash = spawnSync('openssl', ['dgst', '-sha1', '-binary'], { input: password }).stdout.toString(
      'base64',
    );
    writeFileSync(path.join(folder, 'users'), `${login}:{SHA}${hash}\n`);
    writeFileSync(path.join(folder, 'httpd.conf'), apacheConfiguration(folder, port));
    spawnSync('chown', ['-R', 'www-data', folder]);
    return {
      base: `http://127.0.0.1:${port}/`,
      spawn: `apache2 -DFOREGROUND -f '${path.join(folder, 'httpd.conf')}'`,
    };
  },
  nephele(folder, port) {
    const install = path.join(root, '.tools', 'bench-nephele');
    if (!existsSync(path.join(install, 'node_modules', 'nephele'))) {
      mkdirSync(install, { recursive: true });
      writeFileSync(path.join(install, 'package.json'), '{"private":true,"type":"module"}');
      const [command, ...first] = npmCommand();
      const packages = ['nephele@1.0.0-alpha.67', '@nephele/adapter-file-system@1.0.0-alpha.61', 'express@5'];
      spawnSync(
        command,
        [...first, 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages],
        { cwd: install, stdio: 'ignore', env: toolEnvironment() },
      );
    }
    if (!existsSync(path.join(install, 'node_modules', 'nephele'))) return null;
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(install, 'serve.mjs'), nepheleProgram);
    return {
      base: `http://127.0.0.1:${port}/`,
      spawn: `env NODE_ENV=production '${process.execPath}' '${path.join(install, 'serve.mjs')}' '${folder}' ${port} ${login} ${password}`,
    };
  },
};

function volvox(folder, port, durability) {
  const settings = {
    VOLVOX_DATA: folder,
    VOLVOX_LISTEN: `127.0.0.1:${port}`,
    VOLVOX_DURABILITY: durability,
    VOLVOX_ADMIN_LOGIN: login,
    VOLVOX_ADMIN_PASSWORD: password,
    VOLVOX_LOG_LEVEL: 'warn',
  };
  const assignments = Object.entries(settings)
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ');
  return {
    base: `http://127.0.0.1:${port}/dav/common/`,
    spawn: `env ${assignments} '${process.execPath}' '${path.join(root, 'bin/volvox.js')}' start`,
  };
}

function apacheConfiguration(folder, port) {
  const modules = '/usr/lib/apache2/modules';
  const load = (name, file) => `LoadModule ${name}_module ${modules}/mod_${file ?? name}.so`;
  return `
${['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'dav', 'dav_fs'].map((m) => load(m)).join('\n')}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/run/pid
ErrorLog ${folder}/run/error.log
User www-data
Group www-data
DavLockDB ${folder}/run/locks
DocumentRoot ${folder}/files
KeepAlive On
MaxKeepAliveRequests 0
<Directory ${folder}/files>
  Dav On
  AuthType Basic
  AuthName bench
  AuthUserFile ${folder}/users
  Require valid-user
</Directory>
`;
}

const nepheleProgram = `
import express from 'express';
import nephele from 'nephele';
import FileSystemAdapter from '@nephele/adapter-file-system';
const [root, port, login, password] = process.argv.slice(2);
const expected = 'Basic ' + Buffer.from(login + ':' + password).toString('base64');
const user = { username: login, groupname: login, uid: process.getuid(), gid: process.getgid(), gids: [] };
const authenticator = {
  async authenticate(request, response) {
    response.locals.user = user;
    return user;
  },
  async cleanAuthentication() {},
};
const app = express();
app.disable('etag');
app.use((request, response, next) => {
  if (request.headers.authorization === expected) return next();
  response.status(401).set('WWW-Authenticate', 'Basic realm="bench"').end();
});
app.use('/', nephele({ adapter: new FileSystemAdapter({ root }), authenticator }));
app.listen(Number(port), '127.0.0.1');
`;
