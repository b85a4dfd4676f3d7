/** Whether a node would take an environment that deploy/ gives it. */
import assert from 'node:assert/strict';
import { variables } from '../../packages/server/src/boot/variables.ts';
import { readBootstrap } from '../../packages/server/src/boot/read-bootstrap.ts';
import type { Bootstrap } from '../../packages/server/src/boot/bootstrap.ts';

/** What drivers and their vendors' libraries read besides ours. */
const foreign = /^(VAULT_(TOKEN|ROLE_ID|SECRET_ID)|AWS_[A-Z_]+|NODE_ENV)$/;

/** Names, values, schemes and parameters of URLs: everything that is checked before a store is opened. */
export function bootstrapOf(environment: Readonly<Record<string, string>>): Bootstrap {
  return readBootstrap(environment, {}, 'node');
}

export function assertKnown(names: readonly string[]): void {
  const known = new Set(variables.map((v) => v.name));
  assert.deepEqual(
    names.filter((name) => !known.has(name) && !foreign.test(name)),
    [],
  );
}

export const storeVariables = [
  'VOLVOX_CONFIG',
  'VOLVOX_VAULT',
  'VOLVOX_REGISTRY',
  'VOLVOX_BROKER',
  'VOLVOX_CACHE',
  'VOLVOX_SQL',
  'VOLVOX_DOCUMENTS',
  'VOLVOX_BLOBS',
];

/** A store that is left out would be embedded: files of one node, which the others do not see. */
export function assertAllExternal({ stores }: Bootstrap): void {
  for (const [kind, { scheme }] of Object.entries(stores))
    assert.match(scheme, /^(etcd|vault|nats|rediss?|postgres|mysql|mongodb|s3)$/, kind);
}
