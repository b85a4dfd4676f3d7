import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { davChild, elementsOf, parseXml, standalone, textOf, type XmlElement } from './xml-in.ts';
import { escapeAttribute, escapeText } from './xml-out.ts';

const parse = (text: string): XmlElement => parseXml(Buffer.from(text));
const first = (element: XmlElement): XmlElement => elementsOf(element)[0] ?? assert.fail('no child');

test('refuses what could hurt', () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>';
  const external = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>';
  for (const text of [
    bomb,
    external,
    '<!DOCTYPE x><x/>',
    '<x>&e;</x>',
    `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`,
    `<a>${'<b/>'.repeat(20_001)}</a>`,
  ]) {
    assert.throws(
      () => parse(text),
      (error) => isAppError(error, 'invalid_input'),
      text.slice(0, 40),
    );
  }
});

test('refuses what is not well-formed, or not with its namespaces', () => {
  for (const text of [
    '',
    'x',
    '<x>',
    '<a><b></a></b>',
    '<a/><b/>',
    '<p:x/>',
    '<x xmlns:p=""/>',
    '<x a="1" a="2"/>',
    '<x>\u0001</x>',
    '<?xml version="1.0" encoding="iso-8859-1"?><x/>',
  ]) {
    assert.throws(
      () => parse(text),
      (error) => isAppError(error, 'invalid_input'),
      text,
    );
  }
  assert.throws(
    () => parseXml(Buffer.from([0x3c, 0x78, 0xff, 0x2f, 0x3e])),
    (error) => isAppError(error, 'invalid_input'),
  );
});

test('reads UTF-8 with its mark, and UTF-16', () => {
  assert.equal(textOf(parse('\ufeff<x>é</x>')), 'é');
  assert.equal(
    textOf(parseXml(Buffer.from('\ufeff<?xml version="1.0" encoding="utf-16"?><x>é</x>', 'utf16le'))),
    'é',
  );
  assert.equal(textOf(parseXml(Buffer.from('\ufeff<x>é</x>', 'utf16le').swap16())), 'é');
});

test('an element keeps its meaning outside of its document', () => {
  const inner = first(
    parse(
      '<D:prop xmlns:D="DAV:" xmlns:q="urn:q" xmlns="urn:d" xml:lang="fr"><p:a xmlns:p="urn:p" p:k="1" k="2">q:name<b/><D:c/><n xmlns=""/></p:a></D:prop>',
    ),
  );
  const again = parse(standalone(inner));
  assert.equal(again.uri, 'urn:p');
  assert.deepEqual(
    again.attributes.map((a) => [a.uri, a.local, a.value]),
    [
      ['http://www.w3.org/XML/1998/namespace', 'lang', 'fr'],
      ['urn:p', 'k', '1'],
      ['', 'k', '2'],
    ],
  );
  assert.deepEqual(
    elementsOf(again).map((e) => [e.uri, e.local, e.prefix]),
    [
      ['urn:d', 'b', ''],
      ['DAV:', 'c', 'D'],
      ['', 'n', ''],
    ],
  );
  assert.equal(again.declared['q'], 'urn:q');
  assert.equal(textOf(again), 'q:name');
});

test('text survives writing and reading', () => {
  const odd = 'a<b>&"\'\r\n\té😀]]>';
  const root = parse(`<a t="${escapeAttribute(odd)}">${escapeText(odd)}</a>`);
  assert.equal(textOf(root), odd);
  assert.equal(root.attributes[0]?.value, odd);
  assert.equal(textOf(parse(standalone(root))), odd);
  assert.equal(
    textOf(parse(`<a>${escapeText('x\u0000\u0008\ud800y\ufffe')}</a>`)),
    'x\ufffd\ufffd\ufffdy\ufffd',
  );
});

test('a property without a namespace has none afterwards either', () => {
  const prop = first(parse('<D:prop xmlns:D="DAV:"><plain>x</plain></D:prop>'));
  assert.equal(standalone(prop), '<plain>x</plain>');
  assert.equal(davChild(parse('<D:a xmlns:D="DAV:"><D:b/></D:a>'), 'b')?.local, 'b');
});
