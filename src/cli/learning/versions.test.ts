import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { keepVersion } from '../../learning/versions/kept-version.ts';
import { startLoop } from '../../learning/loop/loop.ts';
import { newEpoch } from '../../learning/loop/steps.ts';
import { testVersion } from '../../learning/table/testing.ts';
import { openStore } from '../../store/open.ts';
import { createFolder, weir } from '../common/testing.ts';

const CONFIG = `store: sqlite:./weir.db
upstreams:
  here: { baseUrl: http://127.0.0.1:1/v1, location: on-premises }
models:
  small: { upstream: here, model: small-model, identity: made up }
  large: { upstream: here, model: large-model, identity: made up }
routes:
  auto: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 } }
`;

let folder: string;
let remove: () => Promise<void>;
let [first, second, misfit] = ['', '', ''];

before(async () => {
  ({ folder, remove } = await createFolder());
  await writeFile(join(folder, 'weir.yaml'), CONFIG);
  const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  const keep = async (atMs: number, changes: object = {}): Promise<string> =>
    (await keepVersion(store, testVersion(changes), { by: 'tune', atMs })).hash;
  first = await keep(Date.UTC(2026, 10, 1));
  second = await keep(Date.UTC(2026, 10, 2), { evidence: { relativeCost: 0.4 } });
  misfit = await keep(Date.UTC(2026, 9, 1), { tiers: [{ name: 'small', model: 'small-model' }] });
  await store.close();
});
after(() => remove());

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await weir(['versions', ...args], folder);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function refused(...args: string[]): Promise<string> {
  const { code, stderr } = await weir(['versions', ...args], folder);
  assert.equal(code, 1, stderr);
  return stderr;
}

async function json(...args: string[]): Promise<unknown> {
  return JSON.parse(await run(...args, '--json'));
}

test('a version goes from candidate into force and back, each step said and kept', async () => {
  const listed = (await run('list')).trimEnd().split('\n');
  assert.equal(listed.length, 4);
  assert.match(
    listed[1] ?? '',
    new RegExp(`^${second} +auto +candidate +maxQualityLoss 0\\.02, certainty 0\\.9 +yes +2026-11-02`),
  );

  assert.match(await refused('show'), /No version is in force on route 'auto'/);
  assert.match(await refused('rollback'), /nothing to roll back/);
  assert.match(await run('diff'), /^There is no version in force to compare with\.\nVersion /);

  assert.match(
    await run('promote', first.slice(0, 6)),
    new RegExp(`^Version ${first} is now in force on route auto\\. A running`),
  );
  assert.match(await run('promote', first), /is already in force on route auto/);
  const between = await run('diff');
  assert.match(between, new RegExp(`^Version ${second} compared with ${first}:\n`));
  assert.match(between, /relativeCost: 0\.4, was 0\.5/);
  assert.deepEqual(await json('promote', second, '--by', 'ada'), {
    route: 'auto',
    version: second,
    changed: true,
    replaced: first,
  });

  const shown = await run('show');
  assert.match(shown, new RegExp(`^Version ${second} of route auto`));
  assert.match(shown, /Certified: For requests like/);
  assert.match(shown, /Its state is active\. It was stored by tune\.\n {2}\S+ promoted, by ada/);

  assert.match(
    await run('rollback'),
    new RegExp(`^Version ${first} is in force on route auto again, in place of ${second}`),
  );
  assert.deepEqual(await json('rollback', '--route', 'auto'), {
    route: 'auto',
    version: null,
    replaced: first,
  });
  const { steps, content } = (await json('show', first)) as { steps: { takenBy: string }[]; content: object };
  assert.deepEqual(content, testVersion());
  assert.deepEqual(
    steps.map(({ takenBy }) => takenBy),
    [userInfo().username, 'ada', userInfo().username, userInfo().username],
  );
  const states = (await json('list', '--route', 'auto')) as { hash: string; state: string }[];
  assert.deepEqual(
    states.map(({ hash, state }) => `${hash} ${state}`),
    [`${second} retired`, `${first} retired`, `${misfit} candidate`],
  );
});

test('two versions are compared by their hashes, in words and as data', async () => {
  const { sentences, differences, against } = (await json('diff', second, first)) as {
    sentences: string[];
    differences: { evidence: unknown[] };
    against: string;
  };
  assert.equal(against, first);
  assert.match(sentences[0] ?? '', new RegExp(`Version ${second} compared with ${first}`));
  assert.deepEqual(differences.evidence[0], { name: 'relativeCost', before: 0.5, after: 0.4 });
});

test('a version that does not fit the configuration is not promoted, and the reason is said', async () => {
  assert.match(
    await refused('promote', misfit),
    /was made for small, and this route is small → large\. Change the configuration first/,
  );
});

test('what is not there is said with where to look', async () => {
  assert.match(
    await refused('promote', 'zzz'),
    /No version begins with 'zzz'\. `npm run -s weir -- versions list` shows all versions/,
  );
  assert.match(await refused('diff', '--route', 'other'), /Route 'other' has no candidate/);
  assert.deepEqual(await json('list', '--route', 'other'), []);
});

test('a version whose certificate has lapsed is promoted only knowingly, and a rollback to one says so', async () => {
  const began = Date.UTC(2026, 10, 5);
  const store = await openStore(`sqlite:${join(folder, 'weir.db')}`);
  const keep = async (epoch: number): Promise<string> =>
    (
      await keepVersion(store, testVersion({ route: 'plain', evidence: { epoch: `after audit ${epoch}` } }), {
        by: 'learning',
        atMs: began,
      })
    ).hash;
  const [lapsed, holds] = [await keep(0), await keep(1)];
  await store.takeJob('learn:plain', 'me', 1_000);
  const epoch = newEpoch('Answers are judged by kim now.', { nowMs: began, upTo: 1 });
  await store.stepJob('learn:plain', 'me', began, {
    state: JSON.stringify({ ...startLoop(began), epoch }),
    events: [],
    versions: [],
  });
  await store.close();
  await writeFile(
    join(folder, 'weir.yaml'),
    `${CONFIG}  plain: { tiers: [small, large], objective: { maxQualityLoss: 0.02, certainty: 0.9 } }\n`,
  );
  assert.match(
    await refused('promote', lapsed),
    new RegExp(
      `Not promoted: the certificate of version ${lapsed} lapsed 2026-11-05 00:00 \\(Answers are judged by kim now\\)\\. .*--lapsed`,
    ),
  );
  assert.match(await run('promote', lapsed, '--lapsed'), /is now in force on route plain\./);
  assert.match(await run('promote', lapsed), /is already in force on route plain/);
  const said = new RegExp(
    `^But the certificate of version ${lapsed} lapsed 2026-11-05 00:00 \\(.*\\)\\.$`,
    'm',
  );
  assert.match(await run('show', lapsed), said);
  assert.doesNotMatch(await run('show', holds), /lapsed/);
  assert.match(await run('list', '--route', 'plain'), new RegExp(`^${lapsed} .* active .* lapsed `, 'm'));
  const listed = (await json('list', '--route', 'plain')) as { hash: string; lapsed?: true }[];
  assert.deepEqual(
    listed.filter((each) => each.lapsed).map(({ hash }) => hash),
    [lapsed],
  );
  await run('promote', holds);
  const back = await weir(['versions', 'rollback', '--route', 'plain'], folder);
  assert.equal(back.code, 0);
  assert.match(back.stdout, new RegExp(`^Version ${lapsed} is in force on route plain again`));
  assert.match(back.stderr, new RegExp(`But the certificate of version ${lapsed} lapsed 2026-11-05`));
});
