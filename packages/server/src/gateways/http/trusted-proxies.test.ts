import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { parseProxyTrust } from './trusted-proxies.ts';

function from(peer: string, headers: Record<string, string>): IncomingMessage {
  return {
    socket: { remoteAddress: peer },
    headers: { host: 'own.example', ...headers },
  } as unknown as IncomingMessage;
}

test('believes nobody by default', () => {
  const origin = parseProxyTrust(undefined).originOf(
    from('::ffff:10.0.0.9', { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' }),
    false,
  );
  assert.deepEqual(origin, { address: '10.0.0.9', secure: false, host: 'own.example', proxied: false });
});

test('takes the last address that no trusted proxy has', () => {
  const trust = parseProxyTrust('10.0.0.0/8, loopback, fd00::/8');
  const headers = {
    'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.1.1.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'files.example',
  };
  assert.deepEqual(trust.originOf(from('127.0.0.1', headers), false), {
    address: '1.2.3.4',
    secure: true,
    host: 'files.example',
    proxied: true,
  });
  assert.equal(
    trust.originOf(from('8.8.8.8', headers), false).address,
    '8.8.8.8',
    'a stranger can not say who it is',
  );
  assert.equal(trust.originOf(from('fd00::1', { 'x-forwarded-for': '10.1.1.1' }), false).address, '10.1.1.1');
});

test('counts hops where a number is given', () => {
  const headers = { 'x-forwarded-for': '6.6.6.6, 1.2.3.4' };
  assert.equal(parseProxyTrust('1').originOf(from('9.9.9.9', headers), false).address, '1.2.3.4');
  assert.equal(parseProxyTrust('2').originOf(from('9.9.9.9', headers), false).address, '6.6.6.6');
  assert.equal(parseProxyTrust('9').originOf(from('9.9.9.9', headers), false).address, '6.6.6.6');
  assert.equal(parseProxyTrust('0').originOf(from('9.9.9.9', headers), false).address, '9.9.9.9');
});

test('drops what can be no address, and refuses settings that are none', () => {
  const trust = parseProxyTrust('loopback');
  assert.equal(
    trust.originOf(from('127.0.0.1', { 'x-forwarded-for': 'evil\nline, <b>' }), false).address,
    '127.0.0.1',
  );
  for (const bad of ['10.0.0.0/33', 'proxy.example', '10.0.0'])
    assert.throws(() => parseProxyTrust(bad), /VOLVOX_TRUST_PROXY/);
});
