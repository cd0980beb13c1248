/**
 * Makes what a release consists of: the package, a bill of its materials (CycloneDX) and their checksums. Publishes nothing.
 *
 *     node scripts/release.ts [--out FOLDER] [--try]
 *
 * `--try` leaves out what only a real release needs: a tree without changes, an entry in CHANGELOG.md, checks and tests.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');

function fail(message: string): never {
  process.stderr.write(`release: ${message}\n`);
  process.exit(1);
}

/** Runs a program to its end. @returns its output, unless that goes to the terminal. */
function run(command: string, args: readonly string[], { shown = false } = {}): string {
  const stdio: ('ignore' | 'inherit' | 'pipe')[] = ['ignore', shown ? 'inherit' : 'pipe', 'inherit'];
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    stdio,
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
  });
  if (error !== undefined) fail(`${command} could not be started (${error.message}).`);
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` ended with ${status}.`);
  return stdout ?? '';
}

interface Bom {
  metadata: { component: { name: string } };
}

/** What the package is made of, in the versions that it was tested with. */
function billOfMaterials(name: string): string {
  const format = ['--sbom-format=cyclonedx', '--sbom-type=application'];
  const bom = JSON.parse(run('npm', ['sbom', ...format, '--omit=dev', '--package-lock-only'])) as Bom;
  // npm writes the name of the folder.
  bom.metadata.component.name = name;
  return `${JSON.stringify(bom, undefined, 2)}\n`;
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'release') },
    try: { type: 'boolean', default: false },
  },
});
const out = resolve(values.out);
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};

if (!values.try) {
  const changed = run('git', ['status', '--porcelain']);
  if (changed !== '') fail(`these files are not committed:\n${changed}`);
  if (!readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(`\n## [${version}] - `))
    fail(`CHANGELOG.md has no entry '## [${version}] - DATE'. Write one, from what is under Unreleased.`);
  run('npm', ['run', '-s', 'check'], { shown: true });
  run('npm', ['test'], { shown: true });
}

mkdirSync(out, { recursive: true });
const [packed] = JSON.parse(run('npm', ['pack', '--json', `--pack-destination=${out}`])) as {
  filename: string;
}[];
if (packed === undefined) fail('npm packed nothing.');
const base = `${name}-${version}`;
if (packed.filename !== `${base}.tgz`) renameSync(join(out, packed.filename), join(out, `${base}.tgz`));
writeFileSync(join(out, `${base}.cdx.json`), billOfMaterials(name));
const sums = [`${base}.tgz`, `${base}.cdx.json`].map((file) => {
  const digest = createHash('sha256')
    .update(readFileSync(join(out, file)))
    .digest('hex');
  return `${digest}  ${file}\n`;
});
rmSync(join(out, 'SHA256SUMS'), { force: true });
writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
process.stdout.write(`${out}\n${sums.join('')}`);
