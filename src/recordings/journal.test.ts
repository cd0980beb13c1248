import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openJournal, type JournalEntry } from './journal.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-journal-'));
});
after(() => rm(folder, { recursive: true }));

const entry = (id: string): JournalEntry => ({
  id,
  question: 'h',
  tier: 'small',
  attempt: { answer: `ä${id}`, score: 1 },
});

test('what one run appends the next one finds', async () => {
  const file = join(folder, 'kept');
  const first = await openJournal(file);
  assert.deepEqual(first.entries, []);
  await first.append(entry('a'));
  await first.append(entry('b'));
  await first.close();
  const second = await openJournal(file);
  assert.deepEqual(second.entries, [entry('a'), entry('b')]);
  await second.remove();
  await assert.rejects(readFile(file), /ENOENT/);
});

test('half a last line is cut away, and the next entry stands on a line of its own', async () => {
  const file = join(folder, 'cut');
  const first = await openJournal(file);
  await first.append(entry('a'));
  await first.close();
  await appendFile(file, JSON.stringify(entry('b')).slice(0, 20));
  const second = await openJournal(file);
  assert.deepEqual(second.entries, [entry('a')]);
  await second.append(entry('c'));
  await second.close();
  const third = await openJournal(file);
  assert.deepEqual(third.entries, [entry('a'), entry('c')]);
  await third.close();
});

test('a line that is no entry is passed over', async () => {
  const file = join(folder, 'damaged');
  await writeFile(file, `{"id":"x"}\nnonsense\n${JSON.stringify(entry('a'))}\n`);
  const journal = await openJournal(file);
  assert.deepEqual(journal.entries, [entry('a')]);
  await journal.close();
});

test('entries longer than one read of the file come back whole', async () => {
  const file = join(folder, 'long');
  const long = entry('a'.repeat(200_000));
  const first = await openJournal(file);
  await first.append(long);
  await first.append(entry('b'));
  await first.close();
  const second = await openJournal(file);
  assert.deepEqual(second.entries, [long, entry('b')]);
  await second.close();
});
