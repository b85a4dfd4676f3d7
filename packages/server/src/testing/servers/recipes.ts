import { etcd } from './etcd.ts';
import { mariadb } from './mariadb.ts';
import { nats } from './nats.ts';
import { postgres } from './postgres.ts';
import type { ServerKind, ServerRecipe } from './recipe.ts';
import { redis } from './redis.ts';

const all: readonly ServerRecipe[] = [etcd, redis, nats, mariadb, postgres];

export const recipes: ReadonlyMap<ServerKind, ServerRecipe> = new Map(all.map((r) => [r.kind, r]));
