import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, usable } from '../../config/testing.ts';
import { banner } from './banner.ts';

test('routes that are decided by hand are called not certified where the gateway names them', () => {
  const config = usable(`${BASE}routes:
  promised: { tiers: [small, large], objective: { maxQualityLoss: 0.02 } }
  limits: { tiers: [small, large], serves: [gpt-4o], objective: { thresholds: [0.8] } }
  ruled: { tiers: [small, large], objective: { heuristic: v1 } }
`);
  const lines = banner(
    { config, source: 'file', sentences: [] },
    { host: '127.0.0.1', port: 1, keysRequired: false },
  );
  assert.deepEqual(
    lines.filter((line) => line.startsWith('  route')),
    [
      '  route promised: small → large, by the version in force; without one large answers everything',
      "  route limits: small → large, serves 'gpt-4o', by thresholds, not certified",
      '  route ruled: small → large, by a fixed rule, not certified',
    ],
  );
});
