import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { Quotas, StaleUsage, type Charging } from './quota.ts';

const workspace = { id: 'w', quota: 1000 } as WorkspaceRecord;

/** A write that adds so many bytes, read anew as often as it asks for. @returns how often */
async function add(quotas: Quotas, to: WorkspaceRecord, bytes: number): Promise<number> {
  for (let readings = 0; ; readings++) {
    const write: Charging = { charges: [], usageRead: readings > 0 };
    try {
      quotas.charge(write, to, bytes);
      quotas.settle(write.charges);
      return readings;
    } catch (error) {
      if (!(error instanceof StaleUsage) || readings === 3) throw error;
      await error.prepare();
    }
  }
}

test('what another node has just written counts where little room is left', async () => {
  let used = 0;
  const quotas = new Quotas(systemClock, async () => used, false);
  assert.equal(await add(quotas, workspace, 600), 1);
  used = 900; // of it 300 by another node, within the second
  await assert.rejects(add(quotas, workspace, 200), (error) => isAppError(error, 'quota_exceeded'));
  assert.equal(await add(quotas, workspace, 100), 1);
});

test('usage is not read for each write where there is room, nor by a node that is alone', async () => {
  let readings = 0;
  const usage = async (): Promise<number> => {
    readings++;
    return 0;
  };
  const clock = { ...systemClock, monotonic: () => 5 };
  const [several, alone] = [new Quotas(clock, usage, false), new Quotas(clock, usage, true)];
  for (let i = 0; i < 10; i++) await add(several, { ...workspace, quota: 2 ** 40 }, 100);
  assert.equal(readings, 1);
  for (let i = 0; i < 10; i++) await add(alone, workspace, 100);
  assert.equal(readings, 2);
});
