import { AppError } from '../../../kernel/errors.ts';
import type { Driver, DriverDeps } from '../../../kernel/service.ts';
import { storeTls, tlsParameters } from '../../../kernel/store-tls.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { SqlStore } from '../contract.ts';
import { openPooled, poolParameters } from '../pooled/store.ts';
import { PostgresEngine } from './engine.ts';

const defaultPort = 5432;

export const postgresDriver: Driver<SqlStore> = {
  scheme: 'postgres',
  parameters: { ...poolParameters, ...tlsParameters },
  async open(url: StoreUrl, deps: DriverDeps): Promise<SqlStore> {
    const name = url.toString();
    if (url.hosts.length === 0 || url.username === null || url.path === '')
      throw new AppError(
        'invalid_input',
        `expected postgres://user:password@host:port/database, not ${name}`,
      );
    const { default: pg } = await import('pg');
    const engine = new PostgresEngine(pg.Client, {
      name,
      hosts: url.hosts.map(({ host, port }) => ({ host, port: port ?? defaultPort })),
      user: url.username,
      password: url.password ?? '',
      database: url.path,
      ssl: storeTls(url) ?? false,
      durability: deps.durability,
    });
    return openPooled(engine, url, deps);
  },
};
