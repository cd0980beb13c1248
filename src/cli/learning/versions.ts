import type { Command } from 'commander';
import type { Config } from '../../config/schema/schema.ts';
import { defined } from '../../defined.ts';
import { isoMinute, isoTime } from '../../format/time.ts';
import { readInForce } from '../../learning/in-force/active-versions.ts';
import { keepVersion, readVersion } from '../../learning/versions/kept-version.ts';
import { hasUnknownSource, stateSources } from '../../learning/versions/state-sources.ts';
import { applyVersion } from '../../routing/apply-version.ts';
import { readLapse } from '../../learning/in-force/lapse.ts';
import { diffVersions } from '../../learning/versions/version-diff.ts';
import { describeVersion, describeVersionDiff } from '../../learning/versions/version-words.ts';
import type { Store } from '../../store/contract/store.ts';
import type { VersionStore } from '../../store/contract/version-rows.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { failed } from '../common/exit.ts';
import { JSON_OPTION, ONLY_ROUTE_OPTION, ROUTE_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { print, printJson, printLines, say, textTable } from '../common/output.ts';
import { chooseTarget } from '../common/choose-target.ts';
import { policyAsTold } from '../common/read-config.ts';
import { userName } from '../common/user-name.ts';

interface Options {
  config?: string;
  route: string;
  by?: string;
  lapsed?: boolean;
  stateSource?: boolean;
  json: boolean;
}

/** Versions, and the jobs of learning, which say whether what was certified still holds. */
type KeptVersions = VersionStore & Pick<Store, 'jobs'>;
type Kept = NonNullable<Awaited<ReturnType<KeptVersions['version']>>>;

interface Shelf {
  versions: KeptVersions;
  config: Config;
  /** A command of Weir on the same store, as it can be pasted. */
  typed(words: string): string;
}

export function registerVersions(program: Command): void {
  const versions = program
    .command('versions')
    .description(
      'List, show, compare, promote and roll back versions of routes. `weir tune` and learning make versions; the one in force decides what its route does.',
    )
    .helpCommand(false);
  const add = (name: string, summary: string, description: string): Command =>
    versions
      .command(name)
      .summary(summary)
      .description(description)
      .option(...STORE_CONFIG_OPTION);
  const ifNoHash = ['--route <name>', 'route whose version is meant if no hash is given', 'auto'] as const;
  const by = ['--by <name>', 'who does this, for the record (default: your user name)'] as const;
  const aHash = 'hash of the version, or its first characters';

  add('list', 'list the versions', 'List the versions with their states, newest first.')
    .option(...ONLY_ROUTE_OPTION)
    .option(...JSON_OPTION)
    .action((options: Omit<Options, 'route'> & { route?: string }) =>
      withShelf(options, (shelf) => list(shelf, options)),
    );
  add(
    'show',
    'show one version',
    'Show what a version promises, what it cost and lost, its evidence, and when it was in force.',
  )
    .argument('[hash]', `${aHash} (default: the version in force)`)
    .option(...ifNoHash)
    .option(...JSON_OPTION)
    .action((hash: string | undefined, options: Options) =>
      withShelf(options, (shelf) => show(shelf, hash, options)),
    );
  add(
    'diff',
    'compare two versions',
    'Say in sentences what one version does differently from another, followed by the figures that changed.',
  )
    .argument('[hash]', `${aHash} (default: the newest candidate of the route)`)
    .argument('[against]', 'the version to compare it with (default: the one in force on its route)')
    .option(...ifNoHash)
    .option(...JSON_OPTION)
    .action((hash: string | undefined, against: string | undefined, options: Options) =>
      withShelf(options, (shelf) => diff(shelf, { hash, against }, options)),
    );
  add(
    'promote',
    'put a version in force',
    'Put a version in force on its route. A running gateway applies it within seconds.',
  )
    .argument('<hash>', aHash)
    .option(...by)
    .option(
      '--state-source',
      'state that the answers it was made from are of the models that the route asks, where the version does not say so',
      false,
    )
    .option('--lapsed', 'promote the version even if its certificate has lapsed', false)
    .option(...JSON_OPTION)
    .action((hash: string, options: Options) => withShelf(options, (shelf) => promote(shelf, hash, options)));
  add(
    'rollback',
    'put the previous version back in force',
    'Put back in force what was in force before on a route: an earlier version, or none.',
  )
    .option(...ROUTE_OPTION)
    .option(...by)
    .option(...JSON_OPTION)
    .action((options: Options) => withShelf(options, (shelf) => rollback(shelf, options)));
}

async function withShelf(
  { config: named }: { config?: string },
  work: (shelf: Shelf) => Promise<void>,
): Promise<void> {
  const { config, file, typed } = await chooseTarget(named);
  await withExistingStore(config.store, (store) => work({ versions: store, config, typed }), file);
}

async function list(
  { versions, typed }: Shelf,
  { route, json }: { route?: string; json: boolean },
): Promise<void> {
  const all = await versions.versions(defined({ route }));
  const inForceNow = [...(await readInForce(versions)).values()];
  const lapsed = new Set(inForceNow.flatMap((each) => (each.lapsed !== undefined ? [each.hash] : [])));
  if (json)
    return printJson(
      all.map(({ objective, certificate, createdAtMs, ...rest }) => ({
        ...rest,
        objective: JSON.parse(objective) as unknown,
        ...(certificate === undefined ? {} : { certificate: JSON.parse(certificate) as unknown }),
        ...(lapsed.has(rest.hash) ? { lapsed: true } : {}),
        createdAt: isoTime(createdAtMs),
      })),
    );
  if (all.length === 0) return say(`There are no versions yet. ${typed('tune FILE')} makes one.`);
  const rows = all.map(({ hash, route: of, state, objective, certificate, createdAtMs, createdBy }) => [
    hash,
    of,
    state,
    objective.replaceAll(/[{}"]/g, '').replaceAll(',', ', ').replaceAll(':', ' '),
    certificate === undefined ? 'no' : lapsed.has(hash) ? 'lapsed' : 'yes',
    isoMinute(createdAtMs),
    createdBy,
  ]);
  printLines(textTable(['version', 'route', 'state', 'objective', 'certified', 'made', 'by'], rows));
}

async function show(shelf: Shelf, hash: string | undefined, { route, json }: Options): Promise<void> {
  const { versions } = shelf;
  const kept = await find(shelf, hash ?? (await inForce(shelf, route)));
  const { content: _, objective: __, certificate: ___, createdAtMs, ...about } = kept;
  const version = contentOf(kept);
  const steps = (await versions.versionSteps(kept.route)).filter(({ version: of, replaced }) =>
    [of, replaced].includes(kept.hash),
  );
  if (json) return printJson({ ...about, keptAt: isoTime(createdAtMs), steps, content: version });
  printLines(describeVersion(version));
  print(
    `Its state is ${kept.state}. It was stored by ${kept.createdBy}${kept.parent === undefined ? '' : `, while ${kept.parent} was in force`}.`,
  );
  for (const { action, version: of, takenBy, takenAtMs } of steps) {
    const what =
      of === kept.hash ? (action === 'promote' ? 'promoted' : 'back in force by a rollback') : 'replaced';
    print(`  ${isoTime(takenAtMs)} ${what}, by ${takenBy}`);
  }
  const lapse = await lapseOf(versions, kept.hash);
  if (lapse !== undefined) print(`But ${lapse}.`);
}

async function diff(
  shelf: Shelf,
  { hash, against }: { hash: string | undefined; against: string | undefined },
  { route, json }: Options,
): Promise<void> {
  const after = await find(shelf, hash ?? (await newestCandidate(shelf, route)));
  const other = against ?? (await shelf.versions.activeVersions()).get(after.route);
  const before = other === undefined ? undefined : await find(shelf, other);
  const [was, is] = [before === undefined ? undefined : contentOf(before), contentOf(after)];
  const sentences = describeVersionDiff(was, is);
  if (!json) return printLines(sentences);
  printJson({
    route: after.route,
    version: after.hash,
    against: before?.hash ?? null,
    sentences,
    ...(was === undefined ? {} : { differences: diffVersions(was, is) }),
  });
}

async function promote(
  shelf: Shelf,
  hash: string,
  { by = userName(), json, lapsed = false, stateSource = false }: Options,
): Promise<void> {
  const { versions, config, typed } = shelf;
  const found = await find(shelf, hash);
  const kept = stateSource ? await withSource(shelf, found, by) : found;
  if (!Object.hasOwn(config.routes, kept.route))
    throw failed(
      `Version ${kept.hash} belongs to route '${kept.route}', which the configuration does not have.`,
    );
  const policy = await policyAsTold(config, kept.route);
  const { obstacle } = applyVersion(policy, { hash: kept.hash, read: readVersion(kept) });
  if (obstacle !== undefined)
    throw failed(
      `Not promoted: ${obstacle}. Change the configuration first, or make a version for it with ${typed('tune FILE')}.`,
    );
  const lapse = kept.state === 'active' || lapsed ? undefined : await lapseOf(versions, kept.hash);
  if (lapse !== undefined && hasUnknownSource(contentOf(kept)))
    throw failed(
      `Not promoted: ${lapse}. Record the questions again, state with --state-source that these answers are of the models that the route asks, or promote it anyway, not certified, with --lapsed.`,
    );
  if (lapse !== undefined)
    throw failed(
      `Not promoted: ${lapse}. Wait for the next certified version (${typed('learning')} shows the progress), or promote this one anyway with --lapsed.`,
    );
  const step = await versions.promoteVersion(kept.hash, { by, atMs: Date.now() });
  if (json)
    return printJson({
      route: kept.route,
      version: kept.hash,
      changed: step !== undefined,
      replaced: step?.replaced ?? null,
    });
  if (step === undefined) return print(`Version ${kept.hash} is already in force on route ${kept.route}.`);
  const before = step.replaced === undefined ? '' : `, in place of ${step.replaced}`;
  print(
    `Version ${kept.hash} is now in force on route ${kept.route}${before}. A running gateway applies it within seconds.`,
  );
}

/** The same version with what an operator states of its answers' source: another version, for it certifies more. */
async function withSource({ versions, config }: Shelf, kept: Kept, by: string): Promise<Kept> {
  const version = contentOf(kept);
  const policy = Object.hasOwn(config.routes, kept.route)
    ? await policyAsTold(config, kept.route)
    : undefined;
  const stated =
    policy === undefined ? undefined : stateSources(version, policy.tiers, { by, atMs: Date.now() });
  if (stated === undefined) return kept;
  const { hash } = await keepVersion(versions, stated, { by, atMs: Date.now() });
  return (await versions.version(hash)) ?? kept;
}

async function rollback({ versions }: Shelf, { route, by, json }: Options): Promise<void> {
  const step = await versions.rollbackVersion(route, { by: by ?? userName(), atMs: Date.now() });
  if (json) return printJson({ route, version: step.version ?? null, replaced: step.replaced });
  print(
    step.version === undefined
      ? `No version is in force on route ${route} any more (it was ${step.replaced}). The last tier answers everything.`
      : `Version ${step.version} is in force on route ${route} again, in place of ${step.replaced}.`,
  );
  const lapse = step.version === undefined ? undefined : await lapseOf(versions, step.version);
  if (lapse !== undefined) say(`But ${lapse}.`);
}

/** A clause that says since when and why a version's certificate has lapsed; undefined if it has not. */
async function lapseOf(versions: KeptVersions, hash: string): Promise<string | undefined> {
  const row = await versions.version(hash);
  const read = row === undefined ? undefined : readVersion(row);
  const lapse = read !== undefined && 'version' in read ? await readLapse(versions, read.version) : undefined;
  if (lapse === undefined) return undefined;
  const until = lapse.isForNow === true ? ' until due audits get verdicts again' : '';
  return `the certificate of version ${hash} lapsed ${isoMinute(lapse.sinceMs)}${until} (${lapse.why.replace(/\.$/, '')})`;
}

async function find({ versions, typed }: Shelf, hash: string): Promise<Kept> {
  const kept = await versions.version(hash);
  if (kept !== undefined) return kept;
  throw failed(`No version begins with '${hash}'. ${typed('versions list')} shows all versions.`);
}

async function inForce({ versions, typed }: Shelf, route: string): Promise<string> {
  const hash = (await versions.activeVersions()).get(route);
  if (hash !== undefined) return hash;
  throw failed(
    `No version is in force on route '${route}'. Name one by its hash; ${typed('versions list')} shows all versions.`,
  );
}

async function newestCandidate({ versions, typed }: Shelf, route: string): Promise<string> {
  const candidate = (await versions.versions({ route })).find(({ state }) => state === 'candidate');
  if (candidate !== undefined) return candidate.hash;
  throw failed(
    `Route '${route}' has no candidate. Name a version by its hash; ${typed('versions list')} shows all versions.`,
  );
}

function contentOf(kept: Kept): Parameters<typeof describeVersion>[0] {
  const read = readVersion(kept);
  if ('version' in read) return read.version;
  throw failed(read.problem);
}
