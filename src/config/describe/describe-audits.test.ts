import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handMade } from '../../routing/testing.ts';
import { describeAudits } from './describe-audits.ts';
import { createResolver } from '../resolve.ts';
import { BASE, usable } from '../testing.ts';

const PRICED = BASE.replace('qwen3:4b', 'qwen3:4b, price: { input: 1, output: 1 }').replace(
  'qwen3:32b',
  'qwen3:32b, price: { input: 2, output: 2 }',
);

/** What is said of the audits of route `auto`. */
function said(
  learning: string,
  route = 'tiers: [small, medium]',
  base = PRICED,
  objective = 'maxQualityLoss: 0.02',
): string[] {
  const config = usable(
    `${base}learning: { ${learning} }\nroutes:\n  auto: { ${route}, objective: { ${objective} } }\n`,
  );
  const { routes, models } = createResolver(config, { now: new Date('2026-11-01T00:00:00Z') });
  const policy = routes.get('auto');
  assert.ok(policy !== undefined);
  return describeAudits(policy, config, (model) => models.get(model)?.tiers[0]?.price !== undefined);
}

test('without `learning`, and with one tier, there is nothing to say', () => {
  const config = usable(
    `${PRICED}routes:\n  auto: { tiers: [small, medium], objective: { thresholds: [0.5] } }\n`,
  );
  const policy = createResolver(config, { now: new Date() }).routes.get('auto');
  assert.ok(policy !== undefined);
  assert.deepEqual(
    describeAudits(policy, config, () => true),
    [],
  );
  assert.deepEqual(said('', 'tiers: [small]'), []);
});

test('a route that waits for a version says both its rates, its budget, and that there is no judge', () => {
  assert.deepEqual(said(''), [
    'Audits ask every tier in the background: for 25 % of the requests until all tests of a first policy are done, 5 % after that, and for up to 5 % of the close decisions. They cost at most $1 per day and tenant.',
    'Operators and imported references say which answers are right. There is no other judgement, because neither learning.judge nor learning.agreement is set.',
  ]);
});

test('a judge of its own answers is named; the last tier is not one, because it is what others are compared with', () => {
  const own = (judge: string): string[] => said(`judge: ${judge}`).filter((each) => /its own/.test(each));
  assert.deepEqual(own('small'), [
    'small judges its own answers, which models favour. Choose a judge that is not a tier, or only the last one.',
  ]);
  assert.deepEqual(own('medium'), []);
});

test('a route that promises nothing and waits for a version is audited more until then', () => {
  assert.match(
    said('', undefined, undefined, 'valueOfGoodAnswerUsd: 0.05')[0] ?? '',
    /: for 25 % of the requests until a version is in force, 5 % after that, and/,
  );
});

test('with a version in force the lower rate is said alone', () => {
  const config = usable(
    `${PRICED}learning: {}\nroutes:\n  auto: { tiers: [small, medium], objective: { thresholds: [0.5] } }\n`,
  );
  const policy = createResolver(config, {
    now: new Date(),
    inForce: (found) => ({
      ...found,
      rule: handMade({ tiers: { small: 1, medium: 2 }, signal: 'meanLogprob' }).rule,
    }),
  }).routes.get('auto');
  assert.ok(policy !== undefined);
  assert.match(
    describeAudits(policy, config, () => true)[0] ?? '',
    /: for 5 % of the requests, and for up to 5 %/,
  );
});

test('those who judge are listed in the order of trust', () => {
  assert.match(
    said('agreement: number')[1] ?? '',
    /Without a reference, agreement with medium's answer decides \(number\)\.$/,
  );
  assert.match(said('judge: medium')[1] ?? '', /Without a reference, medium \(on-premises\) judges\.$/);
  assert.match(
    said('judge: medium, agreement: exact')[1] ?? '',
    /agreement with medium's answer decides \(exact\); if answers do not agree, medium \(on-premises\) judges\.$/,
  );
});

test('data that must stay on-premises is never audited if a tier or the judge is in the cloud', () => {
  const rules = 'data: { restricted: on-premises, open: cloud }';
  assert.deepEqual(
    said('', `tiers: [small, medium], ${rules}`).filter((text) => text.startsWith('Data')),
    [],
  );
  assert.ok(
    said('', `tiers: [small, large], ${rules}`).includes(
      "Data of class 'restricted', or of a class that the route does not list, is never audited, because large is in the cloud.",
    ),
  );
  assert.ok(
    said('judge: large', `tiers: [small, medium], ${rules}`).includes(
      "Data of class 'restricted', or of a class that the route does not list, is never audited, because the judge large is in the cloud.",
    ),
  );
  assert.ok(
    said('judge: large', 'tiers: [small, large]').includes(
      'Data of a class that the route does not list is never audited, because large and the judge large are in the cloud.',
    ),
  );
});

test('a budget that limits nothing says so, and a budget of 0 stops audits', () => {
  assert.ok(
    said('', 'tiers: [small, medium]', BASE).includes(
      'The daily budget does not limit calls to small and medium, because their prices are not known.',
    ),
  );
  assert.deepEqual(said('dailyBudgetUsd: 0'), ['Nothing is audited, because learning.dailyBudgetUsd is 0.']);
});

test('a rate that changes nothing is left out', () => {
  const [sentence] = said('startRate: 1, auditRate: 1', 'tiers: [small, large]');
  assert.equal(
    sentence,
    'Audits ask every tier in the background: for 100 % of the requests. They cost at most $1 per day and tenant.',
  );
});
