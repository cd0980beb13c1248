/**
 * How long a client's schema takes: `node bench/schemas.ts`. Prints the minimum, median and 99th percentile in microseconds: in the
 * gateway's process, in the process of its own, and what ajv takes to compile the same and to validate.
 */
import { cpus } from 'node:os';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createSchemaJudge } from '../src/schemas/judge.ts';
import { readSchema } from '../src/schemas/read-schema.ts';

const RUNS = 20_000;
const FEW = 30;

const small = {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'The city to report on' },
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    days: { type: 'integer', minimum: 1, maximum: 14 },
  },
  required: ['city', 'unit', 'days'],
  additionalProperties: false,
};
const smallText = '{"city":"Lisbon","unit":"celsius","days":3}';
const smallValue: unknown = JSON.parse(smallText);
const dated = { ...small, properties: { ...small.properties, day: { type: 'string', format: 'date' } } };

function wide(properties: number) {
  const names = Array.from({ length: properties }, (_, index) => `property_${index}`);
  const member = { type: 'string', description: 'What is said here', minLength: 1 };
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, member])),
      required: names,
      additionalProperties: false,
    },
    value: Object.fromEntries(names.map((name) => [name, 'text'])),
  };
}

function print(what: string, times: number[]): void {
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    ((times[Math.floor(share * (times.length - 1))] ?? Number.NaN) * 1_000).toFixed(1);
  process.stdout.write(`| ${what} | ${times.length} | ${at(0)} | ${at(0.5)} | ${at(0.99)} |\n`);
}

/** @param prepare makes what `once` is given, and is not timed: a request brings a schema that was just parsed. */
async function measure<T>(
  what: string,
  runs: number,
  once: (prepared: T) => unknown,
  prepare: (run: number) => T,
): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    // As between requests: what is judged inline before the event loop turns is bounded.
    if (runs <= 1_000 || run % 100 === 0) await new Promise((turn) => setImmediate(turn));
    const prepared = prepare(run);
    const began = performance.now();
    const result = once(prepared);
    if (result instanceof Promise) await result;
    times.push(performance.now() - began);
  }
  print(what, times);
}

const model = cpus()[0]?.model ?? 'an unknown processor';
process.stdout.write(
  `${cpus().length} × ${model}, Node ${process.version}\n\n| what | runs | min µs | median | p99 |\n|---|---|---|---|---|\n`,
);

const judge = createSchemaJudge({ maxWaitMs: 60_000, msPerMinute: 1e12 });
const asking = (schema: unknown) => judge.judge({ value: smallValue, text: smallText, key: 'bench', schema });
const parsed = (schema: object) => JSON.parse(JSON.stringify(schema)) as object;
const same = () => small;
await measure('a known small schema and a small answer, inline', RUNS, asking, () => parsed(small));
await measure('the same, the schema as text', RUNS, asking, () => JSON.stringify(small));
await measure('the same, a second answer to the same request', RUNS, asking, same);
await measure('reading the small schema', RUNS, readSchema, same);
await measure('the first question to the process of its own, with its start', 1, asking, () => parsed(dated));
await measure('a known small schema with a format, in the process of its own', RUNS, asking, () =>
  parsed(dated),
);
await measure('a new small schema with a format, in the process of its own', RUNS, asking, (run) => ({
  ...parsed(dated),
  title: String(run),
}));
judge.close();

const options = { strict: false, validateSchema: false, meta: false, logger: false } as const;
const compile = (schema: object) => new Ajv2020(options).compile(schema);
const compiled = compile(small);
await measure('ajv: compiling the small schema', 200, compile, same);
await measure('ajv: validating with the small one', RUNS, compiled, () => smallValue);

for (const properties of [250, 1_000]) {
  const { schema, value } = wide(properties);
  const own = createSchemaJudge();
  const text = JSON.stringify(value);
  const ask = (asked: unknown) => own.judge({ value, text, key: 'bench', schema: asked });
  await measure(`${properties} properties: a new schema and an answer, inline`, FEW, ask, (run) => ({
    ...parsed(schema),
    title: String(run),
  }));
  await measure(`${properties} properties: a known schema`, 500, ask, () => parsed(schema));
  own.close();
  await measure(`ajv: compiling ${properties} properties`, 3, compile, () => parsed(schema));
}
