/** MySQL and MariaDB for the pooled frame: how to connect, what its errors mean, what its schema changes need. */
import { createHash } from 'node:crypto';
import { AppError } from '../../../kernel/errors.ts';
import type { ConnectOptions, Engine, Exec, Fault } from '../pooled/engine.ts';
import type { Address, Connector } from './connector.ts';
import type { MysqlConnection } from './connection.ts';
import { classify, isDoneBefore } from './errors.ts';

export class MysqlEngine implements Engine {
  readonly dialect = 'mysql';
  readonly name: string;
  readonly migrationTable = [
    `create table if not exists schema_migrations (name varchar(200) character set ascii collate ascii_bin
      not null primary key, steps int not null, applied_at bigint, needs varchar(50)) engine=innodb`,
    // MySQL has no `if not exists` here; it fails before it locks the table where the column is there.
    'alter table schema_migrations add column needs varchar(50)',
  ];
  readonly transactionalDdl = false;
  readonly #address: Address;
  readonly #connector: Connector;

  constructor(address: Address, connector: Connector) {
    this.name = address.name;
    this.#address = address;
    this.#connector = connector;
  }

  connect(options: ConnectOptions): Promise<MysqlConnection> {
    return this.#connector.connect(options);
  }

  classify(error: unknown): Fault {
    return classify(error, this.name);
  }

  list(values: readonly string[] | readonly number[]): readonly string[] | readonly number[] {
    return values;
  }

  /** The name is the server's, at most 64 characters. */
  async tryMigrationLock(exec: Exec): Promise<boolean> {
    const name = createHash('sha256').update(this.#address.database).digest('hex').slice(0, 32);
    const [row] = await exec(`select get_lock('volvox-migration-${name}', 0) as taken`);
    return row?.['taken'] === 1;
  }

  isDoneBefore(error: unknown): boolean {
    return isDoneBefore(error);
  }

  async verify(exec: Exec): Promise<readonly string[]> {
    const findings: string[] = [];
    for (const row of await exec('show tables')) {
      const [table] = Object.values(row);
      if (typeof table !== 'string') throw new AppError('internal', 'the server names no tables');
      for (const answer of await exec(`check table \`${table.replaceAll('`', '``')}\``)) {
        const text = String(answer['Msg_text']);
        if (answer['Msg_type'] !== 'status' || text !== 'OK') findings.push(`${table}: ${text}`);
      }
    }
    return findings;
  }
}
