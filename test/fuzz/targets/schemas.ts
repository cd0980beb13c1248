import fc from 'fast-check';
import { answers } from '../../../src/upstream/scripted/scripted-reply.ts';
import { edited, json, type Json } from '../hostile-values.ts';
import { checkStream, isStream, openRig, PROMPT_WORD } from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  schema: Json;
  /** What the model answers: a JSON text, or a call's arguments. */
  value: string;
  as: 'response' | 'tool';
  stream: boolean;
}

const PATTERNS = [
  '^((a+))+$',
  '^(a+[)]?)+$',
  '(?=a)a',
  '\\',
  '(a|a)*b',
  '^\\p{L}+$',
  '[',
  '(?:a?){30}a{30}',
  '(.*)\\1',
];

const GOOD: Json[] = [
  {
    type: 'object',
    properties: { town: { type: 'string' } },
    required: ['town'],
    additionalProperties: false,
  },
  {
    $ref: '#/definitions/a',
    definitions: {
      a: { allOf: [{ $ref: '#/definitions/b' }, { $ref: '#/definitions/b' }] },
      b: { minimum: 1 },
    },
  },
  { $ref: '#' },
  {
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    $ref: '#/$defs/node',
  },
  {
    $async: true,
    type: 'object',
    properties: { a: { anyOf: [{ type: 'string', pattern: 'x' }, { type: 'null' }] } },
  },
  {
    type: ['array', 'null'],
    items: { oneOf: [{ const: 1 }, { enum: ['a', null, {}] }] },
    uniqueItems: true,
    minItems: 1,
  },
  {
    type: 'array',
    prefixItems: [{ type: 'number', multipleOf: 0.01 }],
    contains: { exclusiveMinimum: 0 },
    maxContains: 2,
  },
  {
    if: { required: ['a'] },
    then: { dependentRequired: { a: ['b'] } },
    else: { not: {} },
    patternProperties: { '^a+$': { format: 'date-time' } },
  },
  {
    $id: 'http://x/y',
    $schema: 'http://json-schema.org/draft-07/schema#',
    $dynamicRef: '#a',
    unevaluatedProperties: false,
    propertyNames: { maxLength: 3 },
  },
];

const VALUES = [
  '{"town":"Rome"}',
  '{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}',
  '[1,2,2]',
  '{"next":{"next":{}}}',
  '1e400',
  '',
  'null',
  '{"a":1',
  '[]',
];

const schema = fc
  .tuple(edited(fc.constantFrom(...GOOD), 4), fc.constantFrom(...PATTERNS), fc.boolean())
  .map(([value, pattern, has]): Json =>
    has && typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value, pattern }
      : value,
  );

/** JSON Schemas of clients, and answers that are judged by them. */
export const schemas: FuzzTarget<Input> = {
  name: 'schemas',
  inputs: fc.record({
    schema,
    value: fc.oneof(
      fc.constantFrom(...VALUES),
      json.map((value) => JSON.stringify(value)),
    ),
    as: fc.constantFrom('response', 'tool'),
    stream: fc.boolean(),
  }),
  async open() {
    const rig = await openRig();
    return {
      async run({ schema: asked, value, as, stream }) {
        rig.plays(
          as === 'tool' ? answers({ toolCalls: [{ name: 'find', arguments: value }] }) : answers(value),
        );
        const promise =
          as === 'tool'
            ? { tools: [{ type: 'function', function: { name: 'find', parameters: asked } }] }
            : { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: asked } } };
        const { seen } = await rig.chat(
          JSON.stringify({
            model: 'held',
            stream,
            messages: [{ role: 'user', content: PROMPT_WORD }],
            ...promise,
          }),
        );
        if (seen.status === 200 && isStream(seen)) checkStream(seen);
        await rig.settle();
      },
      close: rig.close,
    };
  },
};
