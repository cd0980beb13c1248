import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVersion } from '../learning/table/testing.ts';
import type { PromotedVersion } from '../routing/apply-version.ts';
import type { Policy } from '../routing/policy.ts';
import type { Log } from '../telemetry/names.ts';
import { createInForce, type VersionsInForce } from './in-force.ts';

const policy: Policy = {
  route: 'auto',
  tiers: testVersion().tiers.map((tier) => ({ ...tier, upstream: 'here', location: 'on-premises' })),
  rule: { kind: 'last', objective: testVersion().rule.objective },
  onAbstain: 'serve',
  data: {},
  certified: false,
};
const fits: PromotedVersion = { hash: 'aaa', read: { version: testVersion() } };
const torn: PromotedVersion = { hash: 'bbb', read: { problem: 'version bbb is not whole JSON' } };

function inForce(promoted: PromotedVersion | undefined): VersionsInForce {
  const made = createInForce((route) => (route === 'auto' ? promoted : undefined));
  made.apply(policy);
  return made;
}

function announced(before: VersionsInForce | undefined, now: VersionsInForce): string[] {
  const said: string[] = [];
  const write = (level: string) => (_: object, message: string) => void said.push(`${level} ${message}`);
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  now.announce(before, log);
  return said;
}

test('a change of what is in force is said once; a version that does not apply is an alarm, said elsewhere', () => {
  const [none, good, bad] = [inForce(undefined), inForce(fits), inForce(torn)];
  assert.deepEqual(announced(undefined, none), []);
  assert.deepEqual(announced(none, good), ["info Version aaa serves route 'auto' from now on."]);
  assert.deepEqual(announced(good, inForce(fits)), []);
  assert.deepEqual(announced(good, bad), []);
  assert.deepEqual(announced(bad, inForce(torn)), []);
  assert.deepEqual(announced(good, none), ["info No version is in force on route 'auto' any more."]);
});

test('notes are of the versions alone that do not apply', () => {
  assert.deepEqual(inForce(fits).notes(), []);
  assert.deepEqual(inForce(undefined).notes(), []);
  assert.deepEqual(inForce(torn).notes(), [
    { route: 'auto', note: "Route 'auto': version bbb is not whole JSON; large answers everything." },
  ]);
});

test('a note about a route with a rule of its own says that this rule decides', () => {
  const made = createInForce(() => fits);
  made.apply({ ...policy, rule: { kind: 'heuristic', version: 'v1' } });
  assert.match(made.notes()[0]?.note ?? '', /this route has none; its own rule decides\.$/);
});

test("the version's confidence model is there with it, and only with it", () => {
  assert.deepEqual(inForce(fits).confidenceModel('auto'), testVersion().confidenceModel);
  assert.equal(inForce(torn).confidenceModel('auto'), undefined);
  assert.equal(inForce(fits).confidenceModel('small'), undefined);
});
