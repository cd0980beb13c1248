/** The calibration tutorial is walked: each command that it shows prints each line that it shows. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { weir } from '../src/cli/common/testing.ts';
import { root, textOf } from './project.ts';

/** Hashes and days differ from run to run, and how commands are named is another test's. */
const alike = (text: string): string =>
  text
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'HASH')
    .replaceAll(/\b20\d\d-\d\d-\d\d\b/g, 'DAY')
    .replaceAll('npm run -s weir --', 'weir')
    .replaceAll(/ --config [^\s`]+/g, '');

test(
  'the commands of the calibration tutorial print what it shows',
  { timeout: 900_000 },
  async (context) => {
    const page = textOf('docs/calibration-tutorial.md');
    const folder = mkdtempSync(join(tmpdir(), 'weir-tutorial-'));
    context.after(() => rmSync(folder, { recursive: true }));
    symlinkSync(join(root, 'demo'), join(folder, 'demo'));
    const [, yaml = ''] = /cat > try\.yaml <<'EOF'\n([^]*?)EOF/.exec(page) ?? [];
    writeFileSync(join(folder, 'try.yaml'), yaml);
    let version = '';
    let walked = 0;
    for (const [, command = '', shown = ''] of page.matchAll(
      /```console\n\$ npm run -s weir -- ((?!serve)[^\n]+)\n([^]*?)```/g,
    )) {
      const words = command.replace(/\b[0-9a-f]{12}\b/, () => version).split(' ');
      const { code, stdout, stderr } = await weir(words, folder);
      assert.equal(code, 0, `${command}\n${stdout}${stderr}`);
      version = /Stored as version ([0-9a-f]{12})/.exec(stdout)?.[1] ?? version;
      const printed = alike(stdout + stderr);
      const missing = alike(shown)
        .split('\n')
        .map((line) => line.replace(/ ?…$/, '').trimEnd())
        .filter((line) => !printed.includes(line));
      assert.deepEqual(missing, [], `weir ${command}\n${stdout}`);
      walked += 1;
    }
    assert.equal(walked, 5);
  },
);
