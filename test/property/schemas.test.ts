import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@cfworker/json-schema';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FormatsPlugin } from 'ajv-formats';
import ajvFormats from 'ajv-formats';
import fc from 'fast-check';
import { createSchemaJudge } from '../../src/schemas/judge.ts';
import { createExpressions } from '../../src/schemas/elsewhere/expressions.ts';
import { JudgingStopped } from '../../src/schemas/judgement.ts';
import { readSchema } from '../../src/schemas/read-schema.ts';
import { judgeInline, judgeUntil } from '../../src/schemas/run.ts';

const RUNS = 500;

/** The module is CommonJS: its types put the plugin one `default` deeper than the value is. */
const addFormats = ajvFormats as unknown as FormatsPlugin;

/** Few keys, texts and numbers, so that random values often fit random schemas. */
const key = fc.constantFrom('a', 'b', 'c', 'ab', '😀');
const text = fc.constantFrom('', 'a', 'b', 'ab', '😀', 'a😀', '\ud800', 'abc');
const number = fc.constantFrom(-1, 0, 1, 2, 3, 1.5, 4, 10, 1e3);
const count = fc.constantFrom(0, 1, 2, 3);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const type = fc.constantFrom('null', 'boolean', 'string', 'number', 'integer', 'array', 'object');

type Schema = boolean | Record<string, unknown>;
type Keywords = Record<string, fc.Arbitrary<unknown>>;

interface Kind {
  dialect: '2020-12' | 'draft-07';
  /** No keyword that leaves the bounded class, and no reference to a definition that comes before. */
  isBounded: boolean;
}

const dictionary = <T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>) =>
  fc.dictionary(keys, values, { maxKeys: 3, noNullPrototype: true });

function valueKeywords(): Keywords {
  return {
    type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
    enum: fc.uniqueArray(value, { minLength: 1, maxLength: 4, selector: (each) => JSON.stringify(each) }),
    const: value,
    minimum: number,
    maximum: number,
    exclusiveMinimum: number,
    exclusiveMaximum: number,
    multipleOf: fc.constantFrom(1, 2, 3, 0.5),
    minLength: count,
    maxLength: count,
    minItems: count,
    maxItems: count,
    minProperties: count,
    maxProperties: count,
    required: fc.uniqueArray(key, { maxLength: 2 }),
    title: text,
  };
}

function schemaKeywords(schema: fc.Arbitrary<Schema>, { dialect, isBounded }: Kind): Keywords {
  const some = fc.array(schema, { minLength: 1, maxLength: 3 });
  const keys = fc.uniqueArray(key, { maxLength: 2 });
  const members = dictionary(key, schema);
  const common = {
    properties: members,
    additionalProperties: schema,
    propertyNames: schema,
    contains: schema,
    allOf: some,
    anyOf: some,
    oneOf: some,
    not: schema,
    if: schema,
    then: schema,
    else: schema,
  };
  const own: Keywords =
    dialect === 'draft-07'
      ? {
          items: fc.oneof(schema, some),
          additionalItems: schema,
          dependencies: dictionary(key, fc.oneof(keys, schema)),
        }
      : {
          items: schema,
          prefixItems: some,
          minContains: count,
          maxContains: count,
          dependentRequired: dictionary(key, keys),
          dependentSchemas: members,
          unevaluatedItems: schema,
          unevaluatedProperties: schema,
        };
  const unbounded: Keywords = {
    pattern: fc.constantFrom('^a', 'b$', '^.$', '[^a]', '^(a|b)+$'),
    patternProperties: dictionary(fc.constantFrom('^a', 'b', '^.$'), schema),
    format: fc.constantFrom('date', 'email', 'no-such-format'),
    uniqueItems: fc.boolean(),
  };
  return { ...valueKeywords(), ...common, ...own, ...(isBounded ? {} : unbounded) };
}

/** Schemas whose references lead to some of three definitions. */
function schemas(kind: Kind): fc.Arbitrary<Schema> {
  const holder = kind.dialect === 'draft-07' ? 'definitions' : '$defs';
  const names = ['d0', 'd1', 'd2'];
  const schemaWith = (referable: readonly string[]) =>
    fc.letrec<{ schema: Schema }>((tie) => {
      const keywords = schemaKeywords(tie('schema'), kind);
      const withKeywords = fc
        .uniqueArray(fc.constantFrom(...Object.entries(keywords)), {
          minLength: 1,
          maxLength: 4,
          selector: ([name]) => name,
        })
        .chain((chosen) => fc.record(Object.fromEntries(chosen)));
      const reference = fc.constantFrom(...referable, 'd2').map((name) => ({ $ref: `#/${holder}/${name}` }));
      const referring =
        kind.dialect === 'draft-07'
          ? reference
          : fc.tuple(reference, withKeywords).map(([first, second]) => ({ ...first, ...second }));
      return {
        schema: fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          fc.boolean(),
          { arbitrary: withKeywords, weight: 4 },
          ...(referable.length === 0 ? [] : [referring]),
        ),
      };
    }).schema;
  return fc
    .tuple(
      schemaWith(names),
      ...names.map((_, index) => schemaWith(kind.isBounded ? names.slice(index + 1) : names)),
    )
    .map(([root, ...definitions]) => {
      const held = Object.fromEntries(names.map((name, index) => [name, definitions[index]]));
      const $schema =
        kind.dialect === 'draft-07' ? { $schema: 'http://json-schema.org/draft-07/schema#' } : {};
      return typeof root === 'boolean' ? root : { ...root, ...$schema, [holder]: held };
    });
}

const expressions = createExpressions(() => {});

/** As the process of its own does; undefined where the schema refers to itself without end. */
function judgeFully(schema: unknown, instance: unknown): boolean | undefined {
  try {
    return judgeUntil(readSchema(schema, expressions).root, instance, Infinity, () => 0);
  } catch (error) {
    if (error instanceof JudgingStopped && error.reason === 'reference_loop') return undefined;
    throw error;
  }
}

/**
 * What two other libraries say where they agree. Either errs with what is evaluated: ajv with `contains` beside a tuple, with `if` or
 * `patternProperties` where something is unevaluated, and sometimes the code that it wrote throws.
 */
function others(schema: Schema, { dialect }: Kind): (instance: unknown) => boolean | undefined {
  const options = { strict: false, validateSchema: false, meta: false, logger: false } as const;
  const ajv = dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options);
  addFormats(ajv);
  const validate = ajv.compile(schema);
  // It writes to the schema that it is given.
  const validator = new Validator(structuredClone(schema), dialect === 'draft-07' ? '7' : '2020-12');
  return (instance) => {
    try {
      const verdict = validate(instance);
      return validator.validate(instance).valid === verdict ? verdict : undefined;
    } catch {
      return undefined;
    }
  };
}

for (const kind of [
  { dialect: '2020-12', isBounded: true },
  { dialect: '2020-12', isBounded: false },
  { dialect: 'draft-07', isBounded: true },
  { dialect: 'draft-07', isBounded: false },
] as const) {
  const which = kind.isBounded
    ? 'of the bounded class are judged alike in both processes, and'
    : 'with patterns and loops are judged';
  test(`schemas of ${kind.dialect} ${which} as two other libraries judge them`, () => {
    let [asked, compared, fitting] = [0, 0, 0];
    const values = fc.array(value, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(schemas(kind), values, (schema, instances) => {
        const inline = kind.isBounded ? readSchema(schema).root : undefined;
        // The others overflow the stack where a reference leads back to itself.
        const validate = judgeFully(schema, null) === undefined ? undefined : others(schema, kind);
        for (const instance of instances) {
          const verdict = judgeFully(schema, instance);
          if (verdict === undefined) return;
          asked += 1;
          if (inline !== undefined) assert.equal(judgeInline(inline, instance)?.verdict === 'fits', verdict);
          const independent = validate?.(instance);
          if (independent === undefined) continue;
          assert.equal(verdict, independent);
          compared += 1;
          if (verdict) fitting += 1;
        }
      }),
      { numRuns: RUNS, seed: 14 },
    );
    assert.ok(compared > 0.98 * asked, `the others agree on ${compared} of ${asked}`);
    // Neither verdict is the only one that was compared.
    assert.ok(fitting > RUNS / 4 && compared - fitting > RUNS / 4, `${fitting} of ${compared}`);
  });
}

test('the process of its own gives the verdicts that are given inline', async () => {
  const judge = createSchemaJudge({ maxWaitMs: 60_000, deadlineMs: 20_000, msPerMinute: 1e12 });
  try {
    await fc.assert(
      fc.asyncProperty(schemas({ dialect: '2020-12', isBounded: true }), value, async (schema, instance) => {
        const question = { value: instance, text: JSON.stringify(instance), key: 'k' };
        const inline = judge.judge({ ...question, schema });
        assert.ok(!(inline instanceof Promise));
        // A keyword that says nothing about most schemas, and has the whole judged elsewhere.
        const elsewhere = judge.judge({
          ...question,
          schema: { allOf: [inRoot(schema)], format: 'no-such-format' },
        });
        assert.ok(elsewhere instanceof Promise);
        assert.deepEqual(await elsewhere, inline);
      }),
      { numRuns: 300, seed: 14 },
    );
    assert.equal(judge.state.processesStarted, 1);
  } finally {
    judge.close();
  }
});

test('whatever stands where a schema should is read or refused with a reason, and nothing else happens', () => {
  const keywords = Object.keys({
    ...schemaKeywords(fc.constant(true), { dialect: '2020-12', isBounded: false }),
    ...schemaKeywords(fc.constant(true), { dialect: 'draft-07', isBounded: false }),
  });
  const further = [
    '$ref',
    '$dynamicRef',
    '$recursiveRef',
    '$id',
    '$anchor',
    '$schema',
    '$defs',
    'nullable',
    '__proto__',
  ];
  const name = fc.constantFrom(...keywords, ...further, 'a', '#', '#/a', 'constructor');
  const { garbage } = fc.letrec<{ garbage: unknown }>((tie) => ({
    garbage: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.oneof(
        name,
        fc.constantFrom('#/$defs/a', '#/properties/a', '^a', '(', 'string'),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
      ),
      fc.array(tie('garbage'), { maxLength: 3 }),
      { arbitrary: fc.dictionary(name, tie('garbage'), { maxKeys: 4 }), weight: 3 },
    ),
  }));
  let read = 0;
  fc.assert(
    fc.property(garbage, value, (schema, instance) => {
      const parsed: unknown = JSON.parse(JSON.stringify(schema));
      for (const own of [undefined, expressions]) {
        try {
          const { root } = readSchema(parsed, own);
          const verdict = judgeInline(root, instance);
          assert.ok(verdict === undefined || verdict.verdict !== 'not_judged');
          read += 1;
        } catch (error) {
          assert.ok(error instanceof JudgingStopped, String(error));
        }
      }
    }),
    { numRuns: 10 * RUNS, seed: 14 },
  );
  assert.ok(read > RUNS);
});

/** A schema as part of another: with a `$id` its references are relative to itself. */
function inRoot(schema: Schema): Schema {
  return typeof schema === 'boolean' ? schema : { ...schema, $id: 'inner' };
}
