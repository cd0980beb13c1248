import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import { CommandError } from '../common/exit.ts';
import { layOut, namedLadder, unusableOnRange } from './ladder-arguments.ts';

const traces = makeTraces({ seed: 1, rows: 10, tiers: LADDER });
const tiers = policyTiers(LADDER);

/** The command ends with exit code 2 and this message. */
const unusable = (work: () => unknown, says: RegExp): void =>
  assert.throws(
    work,
    (error) => error instanceof CommandError && error.exitCode === 2 && says.test(error.message),
  );

const rejectedAsUnusable = (work: Promise<unknown>, says: RegExp): Promise<void> =>
  assert.rejects(
    work,
    (error) => error instanceof CommandError && error.exitCode === 2 && says.test(error.message),
  );

test('a ladder that is named has at least two tiers, each once', () => {
  assert.deepEqual(
    namedLadder('auto', ['a', 'b']).tiers.map(({ name }) => name),
    ['a', 'b'],
  );
  unusable(() => namedLadder('auto', ['a']), /at least two models/);
  unusable(() => namedLadder('auto', []), /at least two models/);
  unusable(() => namedLadder('auto', ['a', 'b', 'a']), /'a' is named twice/);
});

test('a file without the tiers, or without questions, is told from one that has them', async () => {
  assert.equal((await layOut('f', traces, tiers)).count, 10);
  await rejectedAsUnusable(layOut('f', [], tiers), /^f has no questions/);
  await rejectedAsUnusable(
    layOut('f', traces, policyTiers([{ name: 'small' }, { name: 'huge' }])),
    /no answers from huge\. It has answers from small, medium, large\./,
  );
  await rejectedAsUnusable(
    layOut('f', traces, policyTiers([{ name: 'toString' }, { name: 'large' }])),
    /no answers from toString/,
  );
  const bare = traces.map((trace) => ({ ...trace, attempts: {} }));
  await rejectedAsUnusable(layOut('f', bare, tiers), /^f has no answers\. Record them/);
});

test('there is one relative price per tier', async () => {
  await rejectedAsUnusable(
    layOut('f', traces, tiers, [1, 2]),
    /2 prices for 3 tiers\. Give one price per tier/,
  );
});

test('rows that cannot be used are for the user to correct; any other error is a bug', () => {
  unusable(
    () =>
      unusableOnRange(() => {
        throw new RangeError('too few');
      }),
    /too few/,
  );
  assert.throws(
    () =>
      unusableOnRange(() => {
        throw new TypeError('ours');
      }),
    TypeError,
  );
});
