import { AppError } from '../../../kernel/errors.ts';
import type { Driver, DriverDeps } from '../../../kernel/service.ts';
import { storeTls, tlsParameters } from '../../../kernel/store-tls.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { SqlStore } from '../contract.ts';
import { openPooled, poolParameters } from '../pooled/store.ts';
import { Connector, type Address } from './connector.ts';
import { MysqlEngine } from './engine.ts';

const defaultPort = 3306;

/** MySQL 8 and MariaDB. `mysql://user:password@host:3306,host2:3306/database`: the first host that answers and writes is taken. */
export const mysqlDriver: Driver<SqlStore> = {
  scheme: 'mysql',
  parameters: { ...poolParameters, ...tlsParameters },
  async open(url: StoreUrl, deps: DriverDeps): Promise<SqlStore> {
    const address = addressOf(url);
    const connector = new Connector((await import('mysql2')).default, address);
    return openPooled(new MysqlEngine(address, connector), url, deps);
  },
};

function addressOf(url: StoreUrl): Address {
  const { username, password, path: database } = url;
  if (url.hosts.length === 0 || username === null || username === '' || !/^[^/]+$/.test(database))
    throw new AppError(
      'invalid_input',
      `expected mysql://user:password@host:3306/database, not ${url.toString()}`,
    );
  return {
    name: url.toString(),
    hosts: url.hosts.map(({ host, port }) => ({ host, port: port ?? defaultPort })),
    user: username,
    password: password ?? '',
    database,
    tls: storeTls(url),
  };
}
