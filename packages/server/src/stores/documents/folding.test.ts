import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { folded, words } from './folding.ts';

test('folds case, accents and letters that only look composed', () => {
  assert.deepEqual(words('Été.txt'), ['ete', 'txt']);
  assert.deepEqual(words('RÉSUMÉ'), ['resume']);
  assert.deepEqual(words('Straße Łódź Ørsted Æther İstanbul ΟΔΟΣ ŒUVRE'), [
    'strasse',
    'lodz',
    'orsted',
    'aether',
    'istanbul',
    'οδοσ',
    'oeuvre',
  ]);
  assert.deepEqual(words('e\u0301te\u0301'), words('été'));
  assert.deepEqual(words('ｆｕｌｌ　ｗｉｄｔｈ ﬁle'), ['full', 'width', 'file']);
});

test('splits at everything that is neither letter nor digit, keeps numbers and short words', () => {
  assert.deepEqual(words('the_quick-brown.fox (2024) v1.2 of'), [
    'the',
    'quick',
    'brown',
    'fox',
    '2024',
    'v1',
    '2',
    'of',
  ]);
  assert.deepEqual(words(' ..--__ '), []);
  assert.equal(folded('a-b'), ' a b');
  assert.equal(folded('...'), '');
});

test('takes scripts without spaces apart, and others not', () => {
  assert.deepEqual(words('東京2024'), ['東', '京', '2024']);
  assert.deepEqual(words('한국어 отчёт'), ['한국어', 'отчет']);
});

test('folding what is folded changes nothing, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.deepEqual(words(folded(text)), words(text));
    }),
  );
});
