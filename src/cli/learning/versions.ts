import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { createResolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { WeirError } from '../../errors.ts';
import { openVersions, type KeptVersions } from '../../gateway/gateway.ts';
import { readInForce } from '../../learning/in-force/active-versions.ts';
import { applyVersion, readVersion } from '../../learning/versions/kept-version.ts';
import { readLapse } from '../../learning/in-force/lapsed.ts';
import { diffVersions } from '../../learning/versions/version-diff.ts';
import { describeVersion, describeVersionDiff } from '../../learning/versions/version-words.ts';
import { demonstrationConfig } from '../common/demonstration.ts';
import { failed, unusable } from '../common/exit.ts';
import { print, printJson, say, table } from '../common/output.ts';
import { findConfig, readConfig } from '../common/read-config.ts';

interface Options {
  config?: string;
  route: string;
  by?: string;
  lapsed?: boolean;
  json: boolean;
}

type Kept = NonNullable<Awaited<ReturnType<KeptVersions['version']>>>;

interface Shelf {
  versions: KeptVersions;
  config: Config;
}

export function register(program: Command): void {
  const versions = program
    .command('versions')
    .description('versions of routes: list, show, diff, promote, rollback')
    .helpCommand(false);
  const add = (name: string, description: string): Command =>
    versions
      .command(name)
      .description(description)
      .option(
        '--config <file>',
        'the configuration (default: weir.yaml, where there is one); it says which store',
      );
  const json = ['--json', 'print one JSON document', false] as const;
  const by = ['--by <name>', 'who does it, for the record (default: the name of this user)'] as const;

  add('list', 'Lists the versions, the newest first, with their state.')
    .option('--route <name>', 'of this route alone')
    .option(...json)
    .action((options: Omit<Options, 'route'> & { route?: string }) =>
      withShelf(options, ({ versions: shelf }) => list(shelf, options)),
    );
  add('show', 'Prints what a version promises, where it stands, and what speaks for it.')
    .argument('[hash]', 'its hash, or the first characters of it (default: the one in force)')
    .option('--route <name>', 'where no hash is given: the route', 'auto')
    .option(...json)
    .action((hash: string | undefined, options: Options) =>
      withShelf(options, (shelf) => show(shelf, hash, options)),
    );
  add('diff', 'Says in words what one version does otherwise than another, the figures after them.')
    .argument('[hash]', "the version (default: the route's newest candidate)")
    .argument('[against]', 'the one to compare it with (default: the one in force on its route)')
    .option('--route <name>', 'where no hash is given: the route', 'auto')
    .option(...json)
    .action((hash: string | undefined, against: string | undefined, options: Options) =>
      withShelf(options, (shelf) => diff(shelf, { hash, against }, options)),
    );
  add('promote', 'Puts a version in force on its route; a running gateway takes it within seconds.')
    .argument('<hash>', 'its hash, or the first characters of it')
    .option(...by)
    .option('--lapsed', 'also where what it was certified for has changed since', false)
    .option(...json)
    .action((hash: string, options: Options) => withShelf(options, (shelf) => promote(shelf, hash, options)));
  add('rollback', 'Puts in force again what was in force before: an earlier version, or none.')
    .option('--route <name>', 'the route', 'auto')
    .option(...by)
    .option(...json)
    .action((options: Options) => withShelf(options, (shelf) => rollback(shelf, options)));
}

async function withShelf(
  { config: file }: { config?: string },
  work: (shelf: Shelf) => Promise<void>,
): Promise<void> {
  const found = findConfig(file);
  const config = found === undefined ? demonstrationConfig(process.cwd()) : readConfig(found);
  try {
    const { versions, close } = await openVersions(config);
    try {
      await work({ versions, config });
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}

async function list(
  versions: KeptVersions,
  { route, json }: { route?: string; json: boolean },
): Promise<void> {
  const all = await versions.versions(route === undefined ? {} : { route });
  const inForceNow = [...(await readInForce(versions)).values()];
  const lapsed = new Set(inForceNow.flatMap((each) => (each.lapsed === true ? [each.hash] : [])));
  if (json)
    return printJson(
      all.map(({ objective, certificate, createdAtMs, ...rest }) => ({
        ...rest,
        objective: JSON.parse(objective) as unknown,
        ...(certificate === undefined ? {} : { certificate: JSON.parse(certificate) as unknown }),
        ...(lapsed.has(rest.hash) ? { lapsed: true } : {}),
        createdAt: new Date(createdAtMs).toISOString(),
      })),
    );
  if (all.length === 0) return say('There are no versions; `weir tune` makes them.');
  const rows = all.map(({ hash, route: of, state, objective, certificate, createdAtMs, createdBy }) => [
    hash,
    of,
    state,
    objective.replaceAll(/[{}"]/g, '').replaceAll(',', ', ').replaceAll(':', ' '),
    certificate === undefined ? 'no' : lapsed.has(hash) ? 'lapsed' : 'yes',
    new Date(createdAtMs).toISOString().slice(0, 16).replace('T', ' '),
    createdBy,
  ]);
  table(['version', 'route', 'state', 'objective', 'certified', 'made', 'by'], rows).forEach((line) =>
    print(line),
  );
}

async function show({ versions }: Shelf, hash: string | undefined, { route, json }: Options): Promise<void> {
  const kept = await find(versions, hash ?? (await inForce(versions, route)));
  const { content: _, objective: __, certificate: ___, createdAtMs, ...about } = kept;
  const version = contentOf(kept);
  const steps = (await versions.versionSteps(kept.route)).filter(({ version: of, replaced }) =>
    [of, replaced].includes(kept.hash),
  );
  if (json)
    return printJson({ ...about, keptAt: new Date(createdAtMs).toISOString(), steps, content: version });
  describeVersion(version).forEach((line) => print(line));
  print(
    `It is ${kept.state}; kept by ${kept.createdBy}${kept.parent === undefined ? '' : `, when ${kept.parent} was in force`}.`,
  );
  for (const { action, version: of, takenBy, takenAtMs } of steps) {
    const what =
      of === kept.hash ? (action === 'promote' ? 'promoted' : 'back in force by a rollback') : 'replaced';
    print(`  ${new Date(takenAtMs).toISOString()} ${what}, by ${takenBy}`);
  }
  const lapse = await lapseOf(versions, kept.hash);
  if (lapse !== undefined) print(`But ${lapse}.`);
}

async function diff(
  { versions }: Shelf,
  { hash, against }: { hash: string | undefined; against: string | undefined },
  { route, json }: Options,
): Promise<void> {
  const after = await find(versions, hash ?? (await newestCandidate(versions, route)));
  const other = against ?? (await versions.activeVersions()).get(after.route);
  const before = other === undefined ? undefined : await find(versions, other);
  const [was, is] = [before === undefined ? undefined : contentOf(before), contentOf(after)];
  const sentences = describeVersionDiff(was, is);
  if (!json) return sentences.forEach((line) => print(line));
  printJson({
    route: after.route,
    version: after.hash,
    against: before?.hash ?? null,
    sentences,
    ...(was === undefined ? {} : { differences: diffVersions(was, is) }),
  });
}

async function promote(
  { versions, config }: Shelf,
  hash: string,
  { by, json, lapsed = false }: Options,
): Promise<void> {
  const kept = await find(versions, hash);
  const policy = createResolver(config, { now: new Date() }).routes.get(kept.route);
  if (policy === undefined)
    throw failed(`version ${kept.hash} is of route '${kept.route}', which the configuration does not have`);
  const { obstacle } = applyVersion(policy, { hash: kept.hash, read: readVersion(kept) });
  if (obstacle !== undefined)
    throw failed(
      `${obstacle}; it is not promoted. Change the configuration first, or make a version for it (\`weir tune\`).`,
    );
  const lapse = kept.state === 'active' || lapsed ? undefined : await lapseOf(versions, kept.hash);
  if (lapse !== undefined)
    throw failed(
      `${lapse}; it is not promoted. The next one is certified anew (\`weir learning\` says how far it is); \`--lapsed\` promotes this one all the same.`,
    );
  const step = await versions.promoteVersion(kept.hash, { by: by ?? userName(), atMs: Date.now() });
  if (json)
    return printJson({
      route: kept.route,
      version: kept.hash,
      changed: step !== undefined,
      replaced: step?.replaced ?? null,
    });
  if (step === undefined) return print(`Version ${kept.hash} is in force on route ${kept.route} already.`);
  const before = step.replaced === undefined ? '' : `, in place of ${step.replaced}`;
  print(
    `Version ${kept.hash} is in force on route ${kept.route}${before}; a running gateway takes it within seconds.`,
  );
}

async function rollback({ versions }: Shelf, { route, by, json }: Options): Promise<void> {
  const step = await versions.rollbackVersion(route, { by: by ?? userName(), atMs: Date.now() });
  if (json) return printJson({ route, version: step.version ?? null, replaced: step.replaced });
  print(
    step.version === undefined
      ? `No version is in force on route ${route} any more (it was ${step.replaced}): the last tier serves.`
      : `Version ${step.version} is in force on route ${route} again, in place of ${step.replaced}.`,
  );
  const lapse = step.version === undefined ? undefined : await lapseOf(versions, step.version);
  if (lapse !== undefined) say(`But ${lapse}.`);
}

/** That its certificate holds no more, in a sentence without its full stop. */
async function lapseOf(versions: KeptVersions, hash: string): Promise<string | undefined> {
  const row = await versions.version(hash);
  const read = row === undefined ? undefined : readVersion(row);
  const lapse = read !== undefined && 'version' in read ? await readLapse(versions, read.version) : undefined;
  if (lapse === undefined) return undefined;
  const since = new Date(lapse.sinceMs).toISOString().slice(0, 16).replace('T', ' ');
  return `the certificate of version ${hash} lapsed ${since} (${lapse.why.replace(/\.$/, '')})`;
}

async function find(versions: KeptVersions, hash: string): Promise<Kept> {
  const kept = await versions.version(hash);
  if (kept !== undefined) return kept;
  throw failed(`no version begins with '${hash}'; \`weir versions list\` shows them`);
}

async function inForce(versions: KeptVersions, route: string): Promise<string> {
  const hash = (await versions.activeVersions()).get(route);
  if (hash !== undefined) return hash;
  throw failed(`no version is in force on route '${route}'; name one by its hash (\`weir versions list\`)`);
}

async function newestCandidate(versions: KeptVersions, route: string): Promise<string> {
  const candidate = (await versions.versions({ route })).find(({ state }) => state === 'candidate');
  if (candidate !== undefined) return candidate.hash;
  throw failed(`route '${route}' has no candidate; name a version by its hash (\`weir versions list\`)`);
}

function contentOf(kept: Kept): Parameters<typeof describeVersion>[0] {
  const read = readVersion(kept);
  if ('version' in read) return read.version;
  throw failed(read.problem);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    throw unusable('this user has no name here; say with --by who does this');
  }
}
