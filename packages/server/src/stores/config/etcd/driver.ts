import type { Driver } from '../../../kernel/service.ts';
import { tlsParameters } from '../../../kernel/store-tls.ts';
import { connectEtcd } from '../../clients/etcd/connection.ts';
import type { ConfigStore } from '../contract.ts';
import { EtcdConfigStore } from './store.ts';

export const configEtcdDriver: Driver<ConfigStore> = {
  scheme: 'etcd',
  parameters: tlsParameters,
  open: async (url, deps) => new EtcdConfigStore(await connectEtcd(url, deps), deps),
};
