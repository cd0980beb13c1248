import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgram } from './program.ts';

test('each command’s file adds the command that the list names, and no other', async () => {
  const listed = (await createProgram({ command: undefined })).commands;
  const read = (await createProgram()).commands;
  const shown = (commands: typeof listed): string[] =>
    commands.map((command) => `${command.name()}: ${command.summary()}`);
  assert.deepEqual(shown(read), shown(listed));
  assert.ok(read.every((command) => command.description() !== ''));
});

test('only the command that is called is read', async () => {
  const { commands } = await createProgram({ command: 'savings' });
  const read = commands.filter((command) => command.description() !== '');
  assert.deepEqual(
    read.map((command) => command.name()),
    ['savings'],
  );
});
