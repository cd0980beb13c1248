import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { asCalled, commandLine } from './command-line.ts';

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

test('a help names commands as they are called here, and nothing else changes', () => {
  assert.equal(
    asCalled('Usage: weir tune [options]\n`weir replay` reads weir.yaml; $ weir bench x'),
    'Usage: npm run -s weir -- tune [options]\n`npm run -s weir -- replay` reads weir.yaml; $ npm run -s weir -- bench x',
  );
});

test('the launcher says how Weir was called, else the package manager does', () => {
  const called = (file: string, env: Record<string, string>): string =>
    execFileSync(
      process.execPath,
      ['-e', `import(${JSON.stringify(file)}).then((m) => console.log(m.commandLine('check')))`],
      { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' },
    ).trim();
  const source = fileURLToPath(new URL('./command-line.ts', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'weir-called-'));
  const built = join(folder, 'command-line.mjs');
  writeFileSync(built, stripTypeScriptTypes(readFileSync(source, 'utf8')));
  try {
    assert.equal(
      called(source, { WEIR_COMMAND: 'npm --prefix /srv/weir run -s weir --' }),
      '`npm --prefix /srv/weir run -s weir -- check`',
    );
    assert.equal(called(source, {}), '`npm run -s weir -- check`');
    assert.equal(called(built, {}), '`weir check`');
    assert.equal(called(built, { npm_lifecycle_event: 'npx' }), '`npx weir-gateway check`');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
