import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createObjectiveSchema } from '../../config/schema/route-schema.ts';
import { hashContent } from '../hash-content.ts';
import type { RuleData } from '../policy.ts';
import { handMade, testPolicy } from '../testing.ts';
import { awaitedObjective, ruleOf, RULES } from './rules.ts';

const read = (objective: unknown): RuleData => createObjectiveSchema(RULES).parse(objective);
const { rule: solved } = handMade({ tiers: { small: 1, large: 2 }, signal: 'p' });

test('kinds are unique, and so are the keys that choose a rule', () => {
  const kinds = RULES.map(({ kind }) => kind);
  assert.equal(new Set(kinds).size, kinds.length);
  const keys = RULES.flatMap(({ configuration }) => Object.keys(configuration?.keys ?? {}));
  assert.equal(new Set(keys).size, keys.length);
  for (const { configuration: { keys: own = {}, chosenBy = [], dependent = {} } = {} } of RULES)
    for (const key of [...chosenBy, ...Object.keys(dependent), ...Object.values(dependent)])
      assert.ok(Object.hasOwn(own, key), key);
});

test('a kind that the table does not have is said with those that it has', () => {
  assert.throws(
    () => ruleOf({ kind: 'dice' }),
    new RangeError("no policy rule is named 'dice'; the table has: last, thresholds, heuristic, price"),
  );
});

test('only a rule that stands in for a version awaits an objective', () => {
  assert.deepEqual(awaitedObjective(read({ maxQualityLoss: 0.02 })), {
    maxQualityLoss: 0.02,
    certainty: 0.9,
  });
  assert.equal(awaitedObjective(read({ heuristic: 'v1' })), undefined);
  assert.equal(awaitedObjective(solved), undefined);
  assert.deepEqual(ruleOf(solved).objective?.(solved), solved.objective);
});

test('the hash of a policy stays what it is in stores and versions that exist', () => {
  const hashOf = (rule: RuleData): string => hashContent(testPolicy(rule));
  assert.deepEqual(
    [
      read({ thresholds: [0.8, 0.9] }),
      read({ thresholds: [0.5, 0.5], withoutConfidence: 'accept' }),
      read({ heuristic: 'v2' }),
      read({ maxQualityLoss: 0.02 }),
      read({ budgetUsdPerRequest: 0.001 }),
      read({ valueOfGoodAnswerUsd: 0.05 }),
      solved,
    ].map(hashOf),
    [
      'a079e157d82f',
      'fb09e871e4bf',
      'ba4ba4878527',
      '3395b428c131',
      '66e5f93d29c7',
      'dac08dfbcf0b',
      '549101edd30d',
    ],
  );
});
