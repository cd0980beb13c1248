import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weir } from '../common/testing.ts';

const ask = (...options: string[]) => weir(['savings', ...options], '.');
const plan = ['--small-price', '1', '--large-price', '20'];
const three = ['--small-price', '.05', '--large-price', '1', '--kept', '70%', '--tier', '0.2:0.7'];

test('a twentieth of the price and 70 % kept cost 35 %, with the sentence that says why', async () => {
  const { code, stdout } = await ask(...plan, '--kept', '0.7');
  assert.equal(code, 0);
  assert.match(stdout, /costs 35\.0 % of what always asking the large model costs: it saves 65\.0 %/);
  assert.match(
    stdout,
    /100\.0 % go to the small model +0\.050\n +30\.0 % go on to the large model +0\.300\n/,
  );
  assert.match(
    stdout,
    /Keeping 70\.0 % .* does not save 70\.0 %: the small model is paid for every question/,
  );
  assert.match(
    stdout,
    /It pays off if the small model keeps more than 5\.0 %, that is, passes on less than 95\.0 %\./,
  );
});

test('a middle tier, a cache and audits have a line each, and the cache keeps its own merit', async () => {
  const { stdout } = await ask(...three, '--cache', '0.25', '--audits', '0.02');
  assert.match(stdout, /25\.0 % are answered by the cache +0\.000/);
  assert.match(stdout, /22\.5 % go on to the middle tier +0\.045/);
  assert.match(stdout, /1\.5 % are audited: the other tiers are asked too +0\.016/);
  assert.match(stdout, /Of the 83\.4 percentage points saved, 25\.0 are due to the cache/);
});

test('--json prints the exact figures, the plan and the sentences', async () => {
  const { stdout } = await ask(...three, '--json');
  const result = JSON.parse(stdout) as { relativeCost: number; items: unknown[]; explanation: string[] };
  assert.ok(Math.abs(result.relativeCost - 0.2) < 1e-12);
  assert.equal(result.items.length, 3);
  assert.match(
    result.explanation.at(-1) ?? '',
    /pays off however little the small model keeps, if the tiers between/,
  );
});

test('what does not pay is called that', async () => {
  const { code, stdout } = await ask('--small-price', '2', '--large-price', '1', '--kept', '1');
  assert.equal(code, 0);
  assert.match(stdout, /it saves nothing and costs 100\.0 % more. Do not cascade/);
  assert.match(stdout, /However much the small model keeps, this costs more/);
});

test('a ladder that costs more than the large model says which price would change that', async () => {
  const { stdout } = await ask('--small-price', '6', '--large-price', '10', '--kept', '0.5');
  assert.match(stdout, /costs 10\.0 % more\. Do not cascade/);
  assert.match(stdout, /would pay if the small model cost less than 5\./);
  const { stdout: never } = await ask('--small-price', '6', '--large-price', '10', '--kept', '0');
  assert.match(never, /would not pay if the small model cost nothing/);
});

test('impossible input ends with 2, and says what to write instead', async () => {
  const wrong: [string[], RegExp][] = [
    [[...plan, '--kept', '70'], /'70' is not a share.*For 70 % write 0\.7/],
    [[...plan, '--kept', '-0.1'], /'-0\.1' is not a share/],
    [[...plan, '--kept', '0x1'], /'0x1' is not a share/],
    [[...plan, '--kept', '120%'], /'120%' is not a share/],
    [['--small-price', 'cheap', '--large-price', '1', '--kept', '1'], /'cheap' is not a price/],
    [['--small-price', '-1', '--large-price', '1', '--kept', '1'], /'-1' is not a price/],
    [['--small-price', '0', '--large-price', '0', '--kept', '1'], /there is nothing to save/],
    [[...plan, '--kept', '0.7', '--tier', '0.2'], /It must be PRICE:KEPT, such as '0\.2:0\.7'/],
    [[...plan, '--kept', '0.7', '--tier', '0.2:7'], /'7' is not a share/],
    [[...plan, '--kept', '0.7', '--cache-price', '1'], /--cache-price needs --cache/],
    [plan, /required option '--kept <share>'/],
  ];
  for (const [options, message] of wrong) {
    const { code, stdout, stderr } = await ask(...options);
    assert.deepEqual([code, stdout], [2, ''], options.join(' '));
    assert.match(stderr, message);
  }
});
