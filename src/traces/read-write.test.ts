import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readTraces, TraceFileError, writeTraces } from './read-write.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-traces-'));
});
after(() => rm(folder, { recursive: true }));

const question = (id: string) => ({
  id,
  group: 'g',
  prompt: `What is ${id}?`,
  attempts: {},
  extra: { kept: [1] },
});
const isAbout = (part: string) => (error: unknown) =>
  error instanceof TraceFileError && error.message.includes(part);

for (const name of ['plain.jsonl', 'packed.jsonl.gz']) {
  test(`what is written to ${name} is read back, unknown keys included`, async () => {
    const file = join(folder, name);
    const traces = [question('a'), question('ä\u2028b')];
    await writeTraces(file, traces);
    assert.deepEqual(await readTraces(file), { traces, bad: [] });
  });
}

test('the same traces give the same bytes', async () => {
  const [one, two] = [join(folder, 'one.jsonl.gz'), join(folder, 'two.jsonl.gz')];
  await writeTraces(one, [question('a')]);
  await writeTraces(two, [question('a')]);
  assert.deepEqual(await readFile(one), await readFile(two));
});

test('bad lines are left out and reported with their line numbers; empty lines are nothing', async () => {
  const file = join(folder, 'bad.jsonl');
  const lines = [JSON.stringify(question('a')), '', '{"id":', '{"id":"b"}', JSON.stringify(question('a'))];
  await writeFile(file, lines.join('\r\n'));
  const { traces, bad } = await readTraces(file);
  assert.deepEqual(
    traces.map((trace) => trace.id),
    ['a'],
  );
  assert.deepEqual(
    bad.map(({ line }) => line),
    [3, 4, 5],
  );
  assert.match(bad[0]?.message ?? '', /not JSON/);
  assert.match(bad[1]?.message ?? '', /^group: /);
  assert.match(bad[2]?.message ?? '', /line 1 has the id 'a' already/);
});

test('strict makes bad lines an error that names each with file and line', async () => {
  const file = join(folder, 'strict.jsonl');
  await writeFile(file, `${JSON.stringify(question('a'))}\nnonsense\n`);
  await assert.rejects(readTraces(file, { strict: true }), isAbout(`${file}:2: this line is not JSON`));
});

test('a file that is not there, is cut off, or is no gzip says so', async () => {
  await assert.rejects(readTraces(join(folder, 'none.jsonl')), isAbout('there is no such file'));
  await assert.rejects(readTraces(join(folder, 'none.jsonl.gz')), isAbout('there is no such file'));
  const cut = join(folder, 'cut.jsonl.gz');
  const whole = gzipSync(JSON.stringify(question('a')));
  await writeFile(cut, whole.subarray(0, whole.length - 12));
  await assert.rejects(readTraces(cut), isAbout('the file is incomplete'));
  const fake = join(folder, 'fake.jsonl.gz');
  await writeFile(fake, 'plain text');
  await assert.rejects(readTraces(fake), isAbout('not gzip'));
});

test('a write that fails leaves the old file as it was, and nothing beside it', async () => {
  const file = join(folder, 'kept', 'x.jsonl');
  await assert.rejects(writeTraces(file, [question('a')]), isAbout('cannot be written'));
  assert.equal(
    (await readdir(folder)).some((name) => name.endsWith('.tmp')),
    false,
  );
});

test('a byte order mark before the first line is nothing', async () => {
  const file = join(folder, 'marked.jsonl');
  await writeFile(file, `\uFEFF${JSON.stringify(question('a'))}\n${JSON.stringify(question('b'))}`);
  const { traces, bad } = await readTraces(file);
  assert.deepEqual([traces.map(({ id }) => id), bad], [['a', 'b'], []]);
});

test('a compressed file whose name does not tell is an error that says so, not lines that are no JSON', async () => {
  const text = JSON.stringify(question('a')).repeat(50);
  for (const [name, bytes] of [
    ['packed.jsonl', gzipSync(text)],
    ['packed.jsonl.zst', zstdCompressSync(text)],
  ] as const) {
    const file = join(folder, name);
    await writeFile(file, bytes);
    await assert.rejects(readTraces(file), isAbout('the file is compressed'));
  }
});
