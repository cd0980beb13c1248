import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldAudits, type Held } from './held-audits.ts';

const audit = (cluster: string | number, certifies = true): Held => ({ cluster, certifies });
const of = (audited: Held[], most: number): number[] =>
  [...heldAudits(audited, most)].toSorted((a, b) => a - b);

test('few audits are all held', () => {
  assert.deepEqual(of([audit(1), audit(2, false), audit(1)], 3), [0, 1, 2]);
});

test('the newest are held, and as many of those that may certify, the first of each conversation', () => {
  const many = [
    audit('a'),
    audit('b'),
    audit('a'),
    audit('c', false),
    audit('c'),
    ...Array.from({ length: 4 }, () => audit('a', false)),
    audit('b'),
  ];
  // The last two, and the first of b and of c.
  assert.deepEqual(of(many, 2), [1, 4, 8, 9]);
});

test('nothing is held of nothing', () => {
  assert.deepEqual(of([], 5), []);
});
