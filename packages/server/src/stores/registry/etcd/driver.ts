import { AppError } from '../../../kernel/errors.ts';
import type { Driver } from '../../../kernel/service.ts';
import { tlsParameters } from '../../../kernel/store-tls.ts';
import { connectEtcd } from '../../clients/etcd/connection.ts';
import type { RegistryStore } from '../contract.ts';
import { EtcdRegistry } from './store.ts';

export const registryEtcdDriver: Driver<RegistryStore> = {
  scheme: 'etcd',
  parameters: {
    ...tlsParameters,
    ttl: 'seconds until a node that no longer answers is dropped (default 10; etcd itself takes no less than 2)',
  },
  async open(url, deps) {
    const ttl = url.parameters.get('ttl') ?? '10';
    if (!/^\d{1,4}(\.\d{1,3})?$/.test(ttl) || Number(ttl) === 0)
      throw new AppError('invalid_input', `ttl is not a number of seconds in ${url.toString()}`);
    return new EtcdRegistry(await connectEtcd(url, deps), Number(ttl) * 1000, deps);
  },
};
