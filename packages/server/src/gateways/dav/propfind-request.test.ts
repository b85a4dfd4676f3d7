import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import type { TreeNode } from '../../services/tree/api.ts';
import type { Resource } from './live-properties.ts';
import { planOf, renderResponse } from './propfind-request.ts';
import { elementsOf, parseXml, textOf } from './xml-in.ts';

const node: TreeNode = {
  id: 'n1', parentId: 'r', name: 'a & b.txt', kind: 'file', size: 12, versionId: 'v', sha256: 'ab', etag: '"e"',
  createdAt: Date.UTC(2026, 0, 2), modifiedAt: Date.UTC(2026, 0, 3), createdBy: null, modifiedBy: null,
}; // prettier-ignore
const file: Resource = {
  kind: 'file',
  name: node.name,
  href: '/dav/c/a%20%26%20b.txt',
  node,
  locks: '',
  quota: null,
  dead: new Map([['{urn:x}p', '<p xmlns="urn:x">1</p>']]),
};
const body = (inner: string): Buffer => Buffer.from(`<propfind xmlns="DAV:">${inner}</propfind>`);

/** status -> Clark names, as a client reads them. */
function read(xml: string): Record<string, string[]> {
  const response = parseXml(
    Buffer.from(`<D:multistatus xmlns:D="DAV:">${xml}</D:multistatus>`),
  ).children.find((c) => typeof c !== 'string');
  const result: Record<string, string[]> = {};
  if (response === undefined || typeof response === 'string') return result;
  for (const propstat of elementsOf(response).filter((e) => e.local === 'propstat')) {
    const [prop, status] = elementsOf(propstat);
    if (prop === undefined || status === undefined) continue;
    result[textOf(status).split(' ')[1] ?? ''] = elementsOf(prop).map((e) => `{${e.uri}}${e.local}`);
  }
  return result;
}

test('answers what was asked by name, and says what is missing', () => {
  const plan = planOf(
    body('<prop><getetag/><quota-used-bytes/><p xmlns="urn:x"/><q xmlns="urn:x"/><bare xmlns=""/></prop>'),
  );
  assert.deepEqual(read(renderResponse(plan, file)), {
    200: ['{DAV:}getetag', '{urn:x}p'],
    404: ['{DAV:}quota-used-bytes', '{urn:x}q', '{}bare'],
  });
  assert.deepEqual([plan.needsDead, plan.needsLocks, plan.needsQuota], [true, false, true]);
});

test('fetches nothing for plain live properties', () => {
  const plan = planOf(body('<prop><resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop>'));
  assert.deepEqual([plan.needsDead, plan.needsLocks, plan.needsQuota], [false, false, false]);
});

test('without a body it is allprop: no quota, but dead properties', () => {
  const plan = planOf(Buffer.alloc(0));
  const names = read(renderResponse(plan, file));
  assert.deepEqual(Object.keys(names), ['200']);
  assert.ok(names['200']?.includes('{urn:x}p'));
  assert.ok(names['200']?.includes('{DAV:}supportedlock'));
  assert.ok(!names['200']?.some((n) => n.includes('quota')));
});

test('allprop with include adds to it', () => {
  const folder: Resource = { ...file, kind: 'folder', quota: { used: 3, free: 7 } };
  const names = read(
    renderResponse(planOf(body('<allprop/><include><quota-available-bytes/></include>')), folder),
  );
  assert.ok(names['200']?.includes('{DAV:}quota-available-bytes'));
});

test('propname gives names without values', () => {
  const xml = renderResponse(planOf(body('<propname/>')), file);
  assert.deepEqual(Object.keys(read(xml)), ['200']);
  assert.ok(xml.includes('<D:getetag/>') && xml.includes('<x:p xmlns:x="urn:x"/>') && !xml.includes('>12<'));
});

test('a resource with nothing to show still has a propstat', () => {
  assert.deepEqual(read(renderResponse(planOf(body('<prop/>')), file)), { 200: [] });
});

test('values are escaped', () => {
  assert.ok(
    renderResponse(planOf(body('<prop><displayname/></prop>')), file).includes(
      '<D:displayname>a &amp; b.txt</D:displayname>',
    ),
  );
});

test('the same text gives the same plan', () => {
  assert.equal(planOf(body('<prop><getetag/></prop>')), planOf(body('<prop><getetag/></prop>')));
});

test('refuses other documents', () => {
  for (const text of [
    '<x/>',
    '<propfind xmlns="DAV:"/>',
    '<propfind xmlns="DAV:"><prop/><allprop/></propfind>',
    '<D:propfind xmlns:D="DAV:"><D:allprop>',
    '<propfind/>',
  ]) {
    assert.throws(
      () => planOf(Buffer.from(text)),
      (error) => isAppError(error, 'invalid_input'),
      text,
    );
  }
});
