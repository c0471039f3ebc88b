import { expect, it } from 'vitest';
import { seededRandom } from '../../ecg/simulator/random.ts';
import { alertStorm } from '../bench/alert-storm.ts';

it('loses no alert, and keeps their order, while connections are cut and the server is killed', async () => {
  const random = seededRandom(7);
  const result = await alertStorm({ alarms: 300, subscribers: 10, kills: 2, beds: 8, rate: 40, cutChance: 0.2, random: () => random.uniform(), log: () => undefined });
  expect(result).toMatchObject({ lost: 0, outOfOrder: 0, givenTwice: 0, durableNotStored: 0, kills: 2 });
  expect(result.sent).toBeGreaterThanOrEqual(300);
  expect(result.cuts).toBeGreaterThan(0);
}, 60_000);
