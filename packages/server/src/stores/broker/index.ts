import type { Driver } from '../../kernel/service.ts';
import type { BrokerStore } from './contract.ts';
import { brokerMemoryDriver } from './memory/driver.ts';
import { brokerNatsDriver } from './nats/driver.ts';

export const brokerDrivers: readonly Driver<BrokerStore>[] = [brokerMemoryDriver, brokerNatsDriver];
