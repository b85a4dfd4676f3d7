import { SaxesParser, type SaxesTagNS } from 'saxes';
import { AppError } from '../../kernel/errors.ts';
import { escapeAttribute, escapeText } from './xml-out.ts';

/** XML that clients send: parsed into a small tree, without doctypes and within bounds; and back into text, standing alone. */

export interface XmlElement {
  readonly uri: string;
  readonly local: string;
  readonly prefix: string;
  readonly attributes: readonly XmlAttribute[];
  /** Namespaces declared on this very element, by prefix. */
  readonly declared: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
  readonly parent: XmlElement | null;
}

interface XmlAttribute {
  readonly uri: string;
  readonly local: string;
  readonly prefix: string;
  readonly value: string;
}

export const maxXmlBytes = 1 << 20;
const maxDepth = 64;
const maxElements = 20_000;
/** Of namespaces that are known at one place: each value that is kept is looked through for each of them. */
const maxNamespaces = 100;

/** `{namespace}local`, as properties are named everywhere inside. */
export function clarkName(element: { readonly uri: string; readonly local: string }): string {
  return `{${element.uri}}${element.local}`;
}

export function isDav(element: XmlElement, local: string): boolean {
  return element.uri === 'DAV:' && element.local === local;
}

export function elementsOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => typeof child !== 'string');
}

export function davChild(element: XmlElement, local: string): XmlElement | undefined {
  return elementsOf(element).find((child) => isDav(child, local));
}

export function textOf(element: XmlElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

/** @throws invalid_input for malformed XML, any doctype (so no entity is ever declared), too deep nesting, too many elements */
export function parseXml(bytes: Uint8Array): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  let root: XmlElement | null = null;
  let current: XmlElement | null = null;
  /** Of each open element, how many namespaces are declared down to it. */
  const scopes: number[] = [];
  let count = 0;
  const refuse = (why: string): never => {
    throw new AppError('invalid_input', `the XML in the body was refused: ${why}`);
  };
  parser.on('error', (error) => refuse(error.message));
  parser.on('doctype', () => refuse('it has a document type declaration'));
  parser.on('opentag', (tag) => {
    const namespaces = (scopes.at(-1) ?? 0) + Object.keys(tag.ns).length;
    if (scopes.push(namespaces) > maxDepth) refuse(`it is nested more than ${maxDepth} deep`);
    if (namespaces > maxNamespaces) refuse(`it declares more than ${maxNamespaces} namespaces`);
    if (++count > maxElements) refuse(`it has more than ${maxElements} elements`);
    const element = toElement(tag, current);
    if (current === null) root = element;
    else current.children.push(element);
    current = element;
  });
  const addText = (text: string): void => void current?.children.push(text);
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    scopes.pop();
    current = current === null ? null : current.parent;
  });
  parser.write(decode(bytes)).close();
  return root ?? refuse('it has no element');
}

function toElement(tag: SaxesTagNS, parent: XmlElement | null): XmlElement {
  const attributes = Object.values(tag.attributes)
    .filter((a) => a.uri !== 'http://www.w3.org/2000/xmlns/')
    .map((a) => ({ uri: a.uri, local: a.local, prefix: a.prefix, value: a.value }));
  return {
    uri: tag.uri,
    local: tag.local,
    prefix: tag.prefix,
    attributes,
    declared: tag.ns,
    children: [],
    parent,
  };
}

/** UTF-8, or UTF-16 with its mark (the two that every XML processor reads). */
function decode(bytes: Uint8Array): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : null;
  let text: string;
  try {
    text = new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('invalid_input', 'the XML in the body is neither UTF-8 nor UTF-16');
  }
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([^"']+)/.exec(text)?.[1]?.toLowerCase();
  if (
    utf16 === null &&
    declared !== undefined &&
    declared !== 'utf-8' &&
    declared !== 'us-ascii' &&
    declared !== 'utf8'
  ) {
    throw new AppError('invalid_input', 'the XML in the body is neither UTF-8 nor UTF-16');
  }
  return text;
}

/**
 * The element as text that means the same anywhere: with every namespace it uses, the xml:lang it stood under, and
 * its own prefixes (RFC 4918 section 4.3), since values may refer to them.
 */
export function standalone(element: XmlElement): string {
  const text = textOf(element);
  const extra: Record<string, string> = {};
  let lang: string | undefined;
  for (let up = element.parent; up !== null; up = up.parent) {
    for (const [prefix, uri] of Object.entries(up.declared)) {
      if (prefix !== '' && !Object.hasOwn(extra, prefix) && text.includes(`${prefix}:`)) extra[prefix] = uri;
    }
    lang ??= up.attributes.find(isLang)?.value;
  }
  const attributes =
    element.attributes.some(isLang) || lang === undefined ? '' : ` xml:lang="${escapeAttribute(lang)}"`;
  return write(element, new Map([['xml', xmlNamespace]]), { ...extra, ...element.declared }, attributes);
}

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
const isLang = (attribute: XmlAttribute): boolean => attribute.prefix === 'xml' && attribute.local === 'lang';

function write(
  element: XmlElement,
  outer: ReadonlyMap<string, string>,
  declared: Readonly<Record<string, string>>,
  more: string,
): string {
  const scope = new Map(outer);
  let tag = element.prefix === '' ? element.local : `${element.prefix}:${element.local}`;
  const name = tag;
  const bind = (prefix: string, uri: string): void => {
    if ((scope.get(prefix) ?? '') === uri) return;
    scope.set(prefix, uri);
    tag += prefix === '' ? ` xmlns="${escapeAttribute(uri)}"` : ` xmlns:${prefix}="${escapeAttribute(uri)}"`;
  };
  for (const [prefix, uri] of Object.entries(declared)) bind(prefix, uri);
  bind(element.prefix, element.uri);
  for (const a of element.attributes) if (a.prefix !== '') bind(a.prefix, a.uri);
  tag += more;
  for (const a of element.attributes)
    tag += ` ${a.prefix === '' ? '' : `${a.prefix}:`}${a.local}="${escapeAttribute(a.value)}"`;
  if (element.children.length === 0) return `<${tag}/>`;
  let inner = '';
  for (const child of element.children)
    inner += typeof child === 'string' ? escapeText(child) : write(child, scope, child.declared, '');
  return `<${tag}>${inner}</${name}>`;
}
