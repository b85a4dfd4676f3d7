import { LRUCache } from 'lru-cache';
import { AppError } from '../../kernel/errors.ts';
import { commonProperties, liveProperties, type LiveProperty, type Resource } from './live-properties.ts';
import { clarkName, davChild, elementsOf, isDav, parseXml, type XmlElement } from './xml-in.ts';
import { emptyElement } from './xml-out.ts';

/** What a PROPFIND asks for, worked out once for each text of a body: clients send the same few over and over. */
export interface PropfindPlan {
  readonly kind: 'prop' | 'allprop' | 'propname';
  readonly live: readonly LiveProperty[];
  /** Names that are not live, with the element to write where one is missing. Only of `prop`, and of `include`. */
  readonly dead: readonly { readonly name: string; readonly empty: string }[];
  readonly needsLocks: boolean;
  readonly needsQuota: boolean;
  readonly needsDead: boolean;
}

const plans = new LRUCache<string, PropfindPlan>({ max: 200 });
const maxCachedBody = 4096;
const allprop = makePlan('allprop', commonProperties, []);

/** @throws invalid_input */
export function planOf(body: Buffer): PropfindPlan {
  if (body.length === 0) return allprop; // RFC 4918 section 9.1
  if (body.length > maxCachedBody) return readPlan(body);
  const key = body.toString('latin1');
  let plan = plans.get(key);
  if (plan === undefined) plans.set(key, (plan = readPlan(body)));
  return plan;
}

function readPlan(body: Buffer): PropfindPlan {
  const root = parseXml(body);
  if (!isDav(root, 'propfind')) throw new AppError('invalid_input', 'the body is not a DAV:propfind');
  const asked = elementsOf(root).filter(
    (e) => e.uri === 'DAV:' && ['prop', 'allprop', 'propname'].includes(e.local),
  );
  if (asked.length !== 1 || asked[0] === undefined)
    throw new AppError('invalid_input', 'DAV:propfind wants one of prop, allprop, propname');
  const [question] = asked;
  if (question.local === 'prop') return planOfNames('prop', [], elementsOf(question));
  if (question.local === 'propname') return makePlan('propname', [...liveProperties.values()], []);
  const include = davChild(root, 'include');
  return include === undefined ? allprop : planOfNames('allprop', commonProperties, elementsOf(include));
}

function planOfNames(
  kind: PropfindPlan['kind'],
  base: readonly LiveProperty[],
  names: readonly XmlElement[],
): PropfindPlan {
  const live = new Set(base);
  const dead = new Map<string, string>();
  for (const element of names) {
    const name = clarkName(element);
    const property = liveProperties.get(name);
    if (property !== undefined) live.add(property);
    else dead.set(name, emptyElement(element.uri, element.local));
  }
  return makePlan(
    kind,
    [...live],
    [...dead].map(([name, empty]) => ({ name, empty })),
  );
}

function makePlan(
  kind: PropfindPlan['kind'],
  live: readonly LiveProperty[],
  dead: PropfindPlan['dead'],
): PropfindPlan {
  return {
    kind,
    live,
    dead,
    needsLocks: kind !== 'propname' && live.some((p) => p.needs === 'locks'),
    needsQuota: live.some((p) => p.needs === 'quota'),
    needsDead: kind !== 'prop' || dead.length > 0,
  };
}

const open = '<D:response><D:href>';
const found = '</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>';
const missing = '</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>';

/** The `response` element of one resource. */
export function renderResponse(plan: PropfindPlan, resource: Resource): string {
  let has = '';
  let lacks = '';
  for (const property of plan.live) {
    const text = property.render(resource);
    if (text === '') lacks += property.empty;
    else has += plan.kind === 'propname' ? property.empty : text;
  }
  if (plan.kind === 'prop') {
    for (const { name, empty } of plan.dead) {
      const text = resource.dead?.get(name);
      if (text === undefined) lacks += empty;
      else has += text;
    }
  } else {
    lacks = '';
    if (resource.dead !== undefined)
      has += plan.kind === 'propname' ? deadNames(resource.dead) : [...resource.dead.values()].join('');
  }
  let text = `${open}${resource.href}</D:href>`;
  if (has !== '' || lacks === '') text += `<D:propstat><D:prop>${has}${found}`;
  if (lacks !== '') text += `<D:propstat><D:prop>${lacks}${missing}`;
  return `${text}</D:response>\n`;
}

function deadNames(dead: ReadonlyMap<string, string>): string {
  let names = '';
  for (const name of dead.keys()) {
    const end = name.lastIndexOf('}');
    names += emptyElement(name.slice(1, end), name.slice(end + 1));
  }
  return names;
}
