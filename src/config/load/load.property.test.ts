import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, BASE } from '../testing.ts';

const WHOLE = `${BASE}routes:
  auto: { serves: [gpt-4o, "gpt-4*"], tiers: [small, medium, large], objective: { thresholds: [0.8, 0.9] } }
limits: { bodyBytes: 4096 }
log: &log { level: info }
`;

/** Pieces that mean something to YAML, to the schema, or to the environment. */
const PIECES = `{|}|[|]|:|- |&log|*log|!!str|>|"|'|#|\${|\${KEY}|$\${|null|~|.nan|-1|1e999|0x1F|__proto__|constructor|routes|tiers|---|? |<<: *log`;
const piece = fc.constantFrom(...PIECES.split('|'), '|', '\n', '\n  ', '\t', '\0', '\uFEFF', '\uD800');

type Edit = { at: number; remove: number; insert: string };
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(WHOLE.length),
  remove: fc.nat(12),
  insert: fc.oneof(piece, fc.string({ maxLength: 6 }), fc.constant('')),
});

function apply(text: string, { at, remove, insert }: Edit): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

/** Anything is fine but an exception, a problem without a place in the text, and a secret in a problem. */
function judge(text: string): void {
  const loaded = parse(text);
  if (loaded.ok) return;
  assert.ok(loaded.problems.length > 0);
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const { line, column, message } of loaded.problems) {
    assert.ok(message.length > 0);
    assert.ok(line === undefined || (line >= 1 && line <= lines + 1), `${line} of ${lines}`);
    assert.ok(column === undefined || column >= 1);
    assert.ok(!message.includes('sk-very-secret'), message);
  }
}

test('a mutated file never throws', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => judge(edits.reduce(apply, WHOLE))),
    { numRuns: 600 },
  );
});

test('a text of anything never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 8 }))), (parts) => judge(parts.join(''))),
    {
      numRuns: 400,
    },
  );
});

test('a file of the right keys with any values never throws', () => {
  const keys = [
    'listen',
    'store',
    'upstreams',
    'models',
    'routes',
    'retention',
    'limits',
    'cors',
    'recorder',
    'log',
  ];
  const names = [
    'local',
    'small',
    'auto',
    'tiers',
    'serves',
    'objective',
    'thresholds',
    'headers',
    'apiKey',
    'upstream',
    'params',
  ];
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(
        fc.constantFrom<unknown>('small', 'gpt-4*', '*', '5s', 'file:/none', '', null, true, 0, -1, 1.5),
        fc.string(),
        fc.double(),
      ),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 5 }),
    ),
  })).any;
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (file) => judge(JSON.stringify(file))),
    { numRuns: 400 },
  );
});
