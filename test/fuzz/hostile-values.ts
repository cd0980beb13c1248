/** What inputs are made of: values that JSON allows and programs stumble on, and edits of good ones. */
import fc from 'fast-check';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NAMES = [
  '',
  '-1',
  ...`model messages role content stream stream_options include_usage n max_tokens logprobs top_logprobs token logprob
  choices delta message finish_reason index usage prompt_tokens completion_tokens total_tokens completion_tokens_details error
  tools tool_choice tool_calls function function_call name arguments parameters response_format json_schema schema type
  properties items id object code text 0 __proto__ constructor toString hasOwnProperty then toJSON length`.split(
    /\s+/,
  ),
];

const WORDS = [
  '',
  ' ',
  'data: x\n\n',
  '\n\n',
  '\r',
  '\0',
  '\u2028',
  '\ud800',
  '\udfff',
  '\ufeff',
  '\u0301',
  ...'0 -1 NaN null error stop tool_calls function assistant user auto [DONE] 🦆 ß { } [ " \\ \\u'.split(' '),
  ...'</think> <think> <tool_call> ```json %00 ../.. ${KEY}'.split(' '),
];

/** A short text again and again: what is quadratic shows. */
const repeated = fc
  .tuple(
    fc.oneof(fc.constantFrom(...WORDS), fc.string({ minLength: 1, maxLength: 3 })),
    fc.integer({ min: 2, max: 3_000 }),
  )
  .map(([piece, times]) => piece.repeat(times));

/** Any UTF-16 code units, halves of characters too. */
const anyUnits = fc.array(fc.nat(0xffff), { maxLength: 6 }).map((units) => String.fromCharCode(...units));

export const text: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...WORDS), weight: 6 },
  { arbitrary: fc.string({ maxLength: 12 }), weight: 3 },
  { arbitrary: anyUnits, weight: 2 },
  { arbitrary: repeated, weight: 1 },
);

export const key: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...NAMES), weight: 9 },
  { arbitrary: fc.string({ maxLength: 4 }), weight: 1 },
);

const number = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 2, 1.5, 1e-9, 1e21, 1e308, -1e308, 2 ** 31, 2 ** 53, Number.MIN_VALUE),
  fc.integer({ min: -3, max: 300 }),
);

const scalar: fc.Arbitrary<Json> = fc.oneof(fc.constantFrom<Json>(null, true, false), number, text);

export const json: fc.Arbitrary<Json> = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('any'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('any')), { maxLength: 4 }).map(objectOf),
  ),
})).any;

/** With `__proto__` as a member, as `JSON.parse` has it. */
function objectOf(entries: readonly (readonly [string, Json])[]): { [key: string]: Json } {
  const made: { [key: string]: Json } = {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, writable: true, configurable: true });
  return made;
}

interface Edit {
  at: number;
  what: 'replace' | 'remove' | 'repeat' | 'wrap' | 'add';
  key: string;
  value: Json;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(500),
  what: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'repeat', 'wrap', 'add'),
  key,
  value: json,
});

/** A good value with a few places changed. */
export function edited(good: fc.Arbitrary<Json>, most = 3): fc.Arbitrary<Json> {
  return fc
    .tuple(good, fc.array(edit, { maxLength: most }))
    .map(([value, edits]) => structuredClone(edits).reduce(applyEdit, structuredClone(value)));
}

type Place = { in: Json[]; at: number } | { in: { [key: string]: Json }; at: string };

function placesIn(value: Json, found: Place[] = []): Place[] {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      found.push({ in: value, at });
      placesIn(item, found);
    }
  } else if (typeof value === 'object' && value !== null)
    for (const [at, member] of Object.entries(value)) {
      found.push({ in: value, at });
      placesIn(member, found);
    }
  return found;
}

function applyEdit(value: Json, change: Edit): Json {
  const places = placesIn(value);
  const place = places[change.at % Math.max(1, places.length)];
  if (place === undefined) return change.value;
  const old = Reflect.get(place.in, place.at) as Json;
  const put = (next: Json): void => void Reflect.set(place.in, place.at, next);
  switch (change.what) {
    case 'replace':
      put(change.value);
      break;
    case 'remove':
      if (Array.isArray(place.in)) place.in.splice(Number(place.at), 1);
      else Reflect.deleteProperty(place.in, place.at);
      break;
    case 'repeat':
      if (Array.isArray(place.in)) place.in.splice(Number(place.at), 0, structuredClone(old));
      else put([old, structuredClone(old)]);
      break;
    case 'wrap':
      put(objectOf([[change.key, old]]));
      break;
    case 'add':
      if (typeof old === 'object' && old !== null && !Array.isArray(old))
        put(objectOf([...Object.entries(old), [change.key, change.value]]));
      else put([old, change.value]);
      break;
  }
  return value;
}

interface Splice {
  at: number;
  remove: number;
  insert: string;
}

const SYNTAX = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '1e999',
  '-',
  'NaN',
  '\n',
  '\r',
  '\0',
  '\ufeff',
  '\ud800',
];

const splice: fc.Arbitrary<Splice> = fc.record({
  at: fc.nat(10_000),
  remove: fc.oneof(fc.nat(8), fc.nat(400)),
  insert: fc.oneof(
    fc.constantFrom(...SYNTAX),
    text,
    key.map((name) => `"${name}":`),
  ),
});

/** A text with a few places changed; mostly none. */
export function spliced(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const splices = fc.oneof(
    { arbitrary: fc.constant<Splice[]>([]), weight: 2 },
    { arbitrary: fc.array(splice, { minLength: 1, maxLength: 3 }), weight: 1 },
  );
  return fc.tuple(good, splices).map(([whole, changes]) =>
    changes.reduce((left, { at, remove, insert }) => {
      const from = at % (left.length + 1);
      return left.slice(0, from) + insert + left.slice(from + remove);
    }, whole),
  );
}
