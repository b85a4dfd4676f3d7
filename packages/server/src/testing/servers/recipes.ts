import { etcd } from './etcd.ts';
import { mariadb } from './mariadb.ts';
import { mongodb } from './mongodb.ts';
import { nats } from './nats.ts';
import { postgres } from './postgres.ts';
import type { ServerKind, ServerRecipe } from './recipe.ts';
import { redis } from './redis.ts';
import { s3 } from './s3.ts';
import { slapd } from './slapd.ts';
import { vault } from './vault.ts';

const all: readonly ServerRecipe[] = [etcd, vault, redis, nats, mariadb, postgres, mongodb, s3, slapd];

export const recipes: ReadonlyMap<ServerKind, ServerRecipe> = new Map(all.map((r) => [r.kind, r]));
