import { expect, it } from 'vitest';
import { Speedometer } from './speed.ts';

it('measures over the last seconds only', () => {
  const meter = new Speedometer(2000);
  for (let second = 0; second <= 10; second++)
    meter.note(second * 1000, second < 5 ? second * 100 : 400 + (second - 4) * 1000);
  expect(meter.speed()).toBeCloseTo(1000);
  expect(meter.secondsFor(5000)).toBeCloseTo(5);
});

it('knows nothing before it has seen time pass, and starts anew when the total falls', () => {
  const meter = new Speedometer();
  meter.note(0, 0);
  expect(meter.secondsFor(10)).toBeNull();
  meter.note(1000, 500);
  meter.note(1100, 10);
  expect(meter.speed()).toBe(0);
});
