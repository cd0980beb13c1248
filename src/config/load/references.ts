import { commandLine } from '../../format/command-line.ts';
import type { Show } from './describe-issue.ts';
import type { Path } from './document.ts';
import { isPlainMap, mapOf } from './plain-map.ts';
import { isPattern, overlap, patternLength } from '../schema/patterns.ts';
import type { Issue } from './problem.ts';
import { didYouMean } from './suggest.ts';
import { paidSignalNamed } from '../../routing/signals/signals.ts';
import { RULES } from '../../routing/rules/rules.ts';

function textsOf(value: unknown): [index: number, text: string][] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.flatMap((item, index): [number, string][] => (typeof item === 'string' ? [[index, item]] : []));
}

function unknownName(kind: string, path: Path, name: string, known: string[], show: Show): Issue {
  const suggestion = known.length === 0 ? `; the file defines no ${kind}s` : didYouMean(name, known);
  return { path, message: `there is no ${kind} named '${show(path) ?? name}'${suggestion}` };
}

function checkModels(models: Record<string, unknown>, upstreams: string[], show: Show): Issue[] {
  return Object.entries(models).flatMap(([name, model]): Issue[] => {
    const { upstream, dropParams, params, logprobs, paidSignals } = mapOf(model);
    const fixed = mapOf(params);
    return [
      ...(typeof upstream === 'string' && !upstreams.includes(upstream)
        ? [unknownName('upstream', ['models', name, 'upstream'], upstream, upstreams, show)]
        : []),
      ...textsOf(dropParams)
        .filter(([, parameter]) => Object.hasOwn(fixed, parameter))
        .map(([index, parameter]) => ({
          path: ['models', name, 'dropParams', index],
          message: `'${parameter}' is also set in params; remove it from one of them`,
        })),
      ...textsOf(paidSignals)
        .filter(([, signal]) => logprobs === 'none' && paidSignalNamed(signal)?.needsLogprobs === true)
        .map(([index, signal]) => ({
          path: ['models', name, 'paidSignals', index],
          message: `${signal} needs log-probabilities, but \`logprobs: none\` says that this model returns none; remove one of them`,
        })),
      ...textsOf(paidSignals)
        .filter(([, signal], at, all) => all.findIndex(([, other]) => other === signal) < at)
        .map(([index, signal]) => ({
          path: ['models', name, 'paidSignals', index],
          message: `'${signal}' is listed twice; keep one of them`,
        })),
    ];
  });
}

/** With several tiers there must be an objective, and it must fit their number. */
function checkObjective(route: Record<string, unknown>, path: Path): Issue[] {
  const tiers: unknown[] = Array.isArray(route.tiers) ? route.tiers : [];
  const configurations = RULES.flatMap(({ configuration }) => configuration ?? []);
  if (route.objective === undefined) {
    if (tiers.length < 2) return [];
    const examples = configurations.flatMap(({ example }) => example?.(tiers.length) ?? []);
    return [
      {
        path: [...path, 'objective'],
        message: `this key is missing; say how answers are judged, for example ${examples[0] ?? '{ … }'}`,
      },
    ];
  }
  const objective = mapOf(route.objective);
  return configurations.flatMap((configuration) => {
    const found = configuration.problem?.(objective, tiers.length);
    return found === undefined ? [] : [{ path: [...path, 'objective', found.key], message: found.message }];
  });
}

/** Observing is a rollout to nobody, so the two keys say the same thing or contradict each other. */
function checkMode({ mode, rollout }: Record<string, unknown>, path: Path): Issue[] {
  if (mode !== 'observe' || rollout === undefined) return [];
  const message = '`mode: observe` is the same as `rollout: 0%`; keep one of them';
  return [{ path: [...path, 'rollout'], message, at: 'key' }];
}

function checkTiers(route: Record<string, unknown>, path: Path, models: string[], show: Show): Issue[] {
  const seen = new Set<string>();
  return textsOf(route.tiers).flatMap(([index, name]): Issue[] => {
    const at = [...path, 'tiers', index];
    if (!models.includes(name)) return [unknownName('model', at, name, models, show)];
    if (seen.has(name))
      return [{ path: at, message: `'${show(at) ?? name}' is listed twice; keep one of them` }];
    seen.add(name);
    return [];
  });
}

/** Names that leave open which route is meant: the same name twice, or two overlapping patterns of equal length. */
function checkServes(routes: Record<string, unknown>): Issue[] {
  const all = Object.entries(routes).flatMap(([route, value]) =>
    textsOf(mapOf(value).serves).map(([index, name]) => ({
      route,
      name,
      path: ['routes', route, 'serves', index],
    })),
  );
  return all.flatMap((entry, index): Issue[] => {
    const rival = all
      .slice(0, index)
      .find(
        (other) =>
          other.name === entry.name ||
          (other.route !== entry.route &&
            isPattern(other.name) &&
            isPattern(entry.name) &&
            patternLength(other.name) === patternLength(entry.name) &&
            overlap(other.name, entry.name)),
      );
    if (rival === undefined) return [];
    const message =
      rival.route === entry.route
        ? `'${entry.name}' is listed twice; keep one of them`
        : rival.name === entry.name
          ? `route '${rival.route}' also serves '${rival.name}'; remove it from one of them`
          : `route '${rival.route}' serves '${rival.name}', which covers some of the same names and is equally long; make one of them longer`;
    return [{ path: entry.path, message }];
  });
}

function checkLearning(learning: Record<string, unknown>, models: string[], show: Show): Issue[] {
  const { judge, judgePrompt } = learning;
  return [
    ...(typeof judge === 'string' && !models.includes(judge)
      ? [unknownName('model', ['learning', 'judge'], judge, models, show)]
      : []),
    ...(judgePrompt !== undefined && judge === undefined
      ? [
          {
            path: ['learning', 'judgePrompt'],
            message: 'it has no effect without `judge`; set `judge`, or remove it',
          },
        ]
      : []),
  ];
}

/** What a file that is still to be filled in lacks: a server, a model, and where the key is there, a route. */
function missingSteps({ upstreams, models, routes }: Readonly<Record<string, unknown>>): Issue[] {
  const isEmpty = (value: unknown): boolean =>
    value === null || (isPlainMap(value) && Object.keys(value).length === 0);
  const noModel = isEmpty(models);
  return [
    ...(upstreams === null || (noModel && isEmpty(upstreams))
      ? [
          {
            path: ['upstreams'],
            message:
              'there is no model server yet; write one below it, such as `local: { baseUrl: http://127.0.0.1:11434/v1, location: on-premises }`',
          },
        ]
      : []),
    ...(noModel
      ? [
          {
            path: ['models'],
            message: `there must be at least one model; write one below it, such as \`small: { upstream: local, model: NAME }\`, or find some with ${commandLine('init --force')}`,
          },
        ]
      : []),
    ...(routes === null
      ? [
          {
            path: ['routes'],
            message:
              'there is no route yet; write one below it, such as `auto: { tiers: [small, large], objective: { thresholds: [0.8] } }`, or remove the key: then clients ask for models by their names',
          },
        ]
      : []),
  ];
}

/** Checks what values of the file say about each other, whatever else may be wrong with it. */
export function checkReferences(file: unknown, show: Show): Issue[] {
  const { upstreams, models, routes, learning } = mapOf(file);
  const modelNames = Object.keys(mapOf(models));
  return [
    ...missingSteps({ upstreams, models, routes }),
    ...checkModels(mapOf(models), Object.keys(mapOf(upstreams)), show),
    ...Object.entries(mapOf(routes)).flatMap(([name, value]) => {
      const route = mapOf(value);
      const path = ['routes', name];
      return [
        ...checkTiers(route, path, modelNames, show),
        ...checkObjective(route, path),
        ...checkMode(route, path),
      ];
    }),
    ...checkServes(mapOf(routes)),
    ...checkLearning(mapOf(learning), modelNames, show),
  ];
}
