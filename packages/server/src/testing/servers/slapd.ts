import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { converse } from './conversation.ts';
import { findProgram } from './finding.ts';
import type { ServerRecipe } from './recipe.ts';

const suffix = 'dc=example,dc=org';

/** OpenLDAP, empty but for what tests put in; `memberOf` follows groups, and StartTLS works where openssl could make a certificate. */
export const slapd: ServerRecipe = {
  kind: 'slapd',
  find: () => {
    const program = findProgram('slapd');
    return program === null ? null : [program];
  },
  install: { debian: 'slapd' },
  prepare: async (_program, folder, run) => {
    mkdirSync(path.join(folder, 'data'));
    const openssl = findProgram('openssl');
    if (openssl !== null)
      await run(openssl, [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
        ...['-keyout', certificate(folder, 'key'), '-out', certificate(folder, 'crt')],
      ]);
    writeFileSync(path.join(folder, 'slapd.conf'), configuration(folder, openssl !== null), { mode: 0o600 });
  },
  // With a debugging level, even 0, it stays in the foreground.
  arguments: (folder, port) => [
    ...['-f', path.join(folder, 'slapd.conf')],
    ...['-h', `ldap://127.0.0.1:${port}`],
    ...['-d', '0'],
  ],
  // An anonymous bind (LDAP message 1) is answered by a message with that number.
  answers: (port) =>
    converse(port, Buffer.from('300c020101600702010304008000', 'hex'), (answer) => answer[0] === 0x30),
  url: (port) => `ldap://127.0.0.1:${port}`,
  environment: (folder) => ({
    SLAPD_SUFFIX: suffix,
    SLAPD_ADMIN: `cn=admin,${suffix}`,
    SLAPD_PASSWORD: 'admin-secret',
    ...(existsSync(certificate(folder, 'crt')) ? { SLAPD_CA: certificate(folder, 'crt') } : {}),
  }),
};

function certificate(folder: string, ending: 'crt' | 'key'): string {
  return path.join(folder, `server.${ending}`);
}

function configuration(folder: string, tls: boolean): string {
  return [
    ...['core', 'cosine', 'inetorgperson'].map((schema) => `include /etc/ldap/schema/${schema}.schema`),
    `pidfile ${path.join(folder, 'pid')}`,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload memberof',
    ...(tls
      ? [
          `TLSCertificateFile ${certificate(folder, 'crt')}`,
          `TLSCertificateKeyFile ${certificate(folder, 'key')}`,
        ]
      : []),
    'sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited', // so that whoever does not page gets too little
    // As careless servers do: a name without a password is let in as nobody, and a client that looks at "success" alone is fooled.
    'allow bind_anon_dn',
    'database mdb',
    `suffix "${suffix}"`,
    `rootdn "cn=admin,${suffix}"`,
    'rootpw admin-secret',
    `directory ${path.join(folder, 'data')}`,
    'maxsize 67108864',
    'overlay memberof',
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by users read by anonymous auth',
    '',
  ].join('\n');
}
