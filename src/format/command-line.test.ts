import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from './command-line.ts';

test('a command to run next names the configuration that the present one was given', () => {
  assert.equal(commandLine('versions list'), '`npm run -s weir -- versions list`');
  assert.equal(commandLine('check', 'try.yaml'), '`npm run -s weir -- check --config try.yaml`');
  assert.equal(commandLine('check', 'weir.yaml'), '`npm run -s weir -- check`');
});

test('a file name that a shell would take apart is quoted', () => {
  assert.equal(
    commandLine('check', "it's here.yaml"),
    "`npm run -s weir -- check --config 'it'\\''s here.yaml'`",
  );
});
