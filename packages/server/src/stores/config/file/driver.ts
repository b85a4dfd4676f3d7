import { dirname } from 'node:path';
import { filePathOf, makeFolder, removeLeftovers, withFileLock } from '../../../kernel/durable-file.ts';
import type { Driver } from '../../../kernel/service.ts';
import type { ConfigStore } from '../contract.ts';
import { StateConfigStore } from '../state-store.ts';
import { FileBacking } from './backing.ts';

export const configFileDriver: Driver<ConfigStore> = {
  scheme: 'file',
  parameters: {},
  async open(url, deps) {
    const path = filePathOf(url);
    await makeFolder(dirname(path));
    await withFileLock(path, () => removeLeftovers(path));
    const backing = new FileBacking(path, deps.log);
    await backing.read();
    return new StateConfigStore(backing, deps.clock);
  },
};
