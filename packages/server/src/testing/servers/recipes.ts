import { etcd } from './etcd.ts';
import { mariadb } from './mariadb.ts';
import { mongodb } from './mongodb.ts';
import { nats } from './nats.ts';
import { postgres } from './postgres.ts';
import type { ServerKind, ServerRecipe } from './recipe.ts';
import { redis } from './redis.ts';
import { s3 } from './s3.ts';
import { vault } from './vault.ts';

/** What takes longest to install comes first. */
const all: readonly ServerRecipe[] = [s3, vault, mongodb, mariadb, postgres, etcd, redis, nats];

export const recipes: ReadonlyMap<ServerKind, ServerRecipe> = new Map(all.map((r) => [r.kind, r]));
