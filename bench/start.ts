/**
 * How long commands take until they would begin their work, and what the process holds then: `--help` of a command reads
 * everything that the command needs. The processor time stands for itself on a busy machine. Linux.
 *
 *     node bench/start.ts [--times 20] [PROGRAM…]
 *
 * PROGRAM is what is run, `node src/cli/main.ts` where none is named; the command of an installed package is one, too.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const COMMANDS = [
  '--version',
  '--help',
  'serve --help',
  'keys --help',
  'backup --help',
  'learning --help',
  'tune --help',
  'report --help',
];

const { values, positionals } = parseArgs({
  options: { times: { type: 'string', default: '20' } },
  allowPositionals: true,
});
const times = Number(values.times);
const [program = process.execPath, ...given] =
  positionals.length > 0 ? positionals : [process.execPath, join(import.meta.dirname, '../src/cli/main.ts')];

const cache = mkdtempSync(join(tmpdir(), 'weir-start-'));
const env = { ...process.env, XDG_CACHE_HOME: cache };

function startMs(command: string): number {
  const begun = performance.now();
  const { status, stderr } = spawnSync(program, [...given, ...command.split(' ')], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return performance.now() - begun;
}

/** What ended children of this process have taken of the processors, in the kernel's ticks of 10 ms. */
function childrenMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

const rows = COMMANDS.map((command) => {
  const first = startMs(command);
  const before = childrenMs();
  const later = Array.from({ length: times }, () => startMs(command)).toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(later[Math.floor(share * (times - 1))] ?? Number.NaN);
  const processor = Math.round((childrenMs() - before) / times);
  return { command, processor, first: Math.round(first), median: at(0.5), 'nine in ten': at(0.9) };
});
rmSync(cache, { recursive: true, force: true });
console.table(rows);
console.log(`load average ${loadavg()[0]?.toFixed(2)}, Node ${process.version}`);
