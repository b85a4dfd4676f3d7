import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Files (PEM). The client's certificate and the server's (for 127.0.0.1 and localhost) come from one authority; `other` is another's. */
export interface Certificates {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly otherCa: string;
  remove(): void;
}

/** Fresh ones in a throw-away folder, for tests of TLS; null where there is no openssl. @throws instead where CI is set */
export function makeCertificates(): Certificates | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'volvox-certificates-'));
  const at = (name: string): string => path.join(folder, name);
  const make = (name: string, ...options: readonly string[]): void => {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      at(`${name}.key`),
    ];
    const out = ['-out', at(`${name}.crt`), '-days', '2', '-subj', `/CN=volvox-test-${name}`];
    execFileSync('openssl', ['req', '-x509', ...key, ...out, ...options], { stdio: 'pipe' });
  };
  const authority = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-addext', 'basicConstraints=CA:FALSE'];
  try {
    make('ca', ...authority);
    make('other', ...authority);
    make('server', ...signed, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost');
    make('client', ...signed, '-addext', 'extendedKeyUsage=clientAuth');
  } catch (error) {
    rmSync(folder, { recursive: true });
    if (process.env['CI'] || !(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      throw error;
    return null;
  }
  return {
    ca: at('ca.crt'),
    serverCert: at('server.crt'),
    serverKey: at('server.key'),
    clientCert: at('client.crt'),
    clientKey: at('client.key'),
    otherCa: at('other.crt'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
