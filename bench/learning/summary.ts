/** The results of the scenarios as a table. */
import { clopperPearson } from '../../src/calibration/tests/certify.ts';
import { mean } from '../../src/learning/table/measure-rows.ts';
import { PROMISE, TICK, type Tick } from './run.ts';
import type { Scenario } from './scenarios.ts';
import type { Done } from './work.ts';

/** Questions over which a loss is averaged before it is compared with the promise. */
const WINDOW = 1_000;

export function summary(scenarios: readonly Scenario[], done: readonly Done[]): string {
  const rows = scenarios.map((scenario) =>
    row(
      scenario,
      done.filter((each) => each.scenario === scenario.name),
    ),
  );
  return [
    '| scenario | runs | promise held: always | by 1,000 questions | by the run | of all moments | frozen: always | by 1,000 | of all moments | escalations only: always | by 1,000 | its cost at the end | cost at the end | frozen | audits cost | audits: certify, learn | first certified at | alarms a run before a change | answered after questions (certification audits) | cost 3,000 questions later ÷ tuned afresh on as many labels |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function row({ name, changesAt }: Scenario, runs: readonly Done[]): string {
  const ours = runs.map(({ result }) => result.ticks);
  const frozen = runs.map(({ result }) => result.frozen);
  const escalated = runs.flatMap(({ escalated: ticks }) => (ticks === undefined ? [] : [ticks]));
  const before = runs.map(
    ({ result }) =>
      result.events.filter(({ t, kind }) => kind === 'alarm' && t < (changesAt ?? Infinity)).length,
  );
  const answered = runs.flatMap(({ result: { recovery, events } }) => {
    if (recovery?.answeredAt === undefined || changesAt === undefined) return [];
    const alarm = events.find(({ t, kind }) => kind === 'alarm' && t >= changesAt);
    return [{ questions: recovery.answeredAt - changesAt, audits: alarm?.sinceChange ?? NaN }];
  });
  const recovered = runs.flatMap(({ result: { recovery }, retuned }) =>
    recovery === undefined || retuned === undefined ? [] : [{ ours: recovery.relativeCost, retuned }],
  );
  const end = (series: readonly (readonly Tick[])[]): string =>
    plusMinus(series.map((ticks) => ticks.at(-1)?.relativeCost ?? NaN));
  return [
    '',
    name,
    runs.length,
    share(ours, always),
    share(ours, windows),
    share(ours, whole),
    moments(ours),
    share(frozen, always),
    share(frozen, windows),
    moments(frozen),
    share(escalated, always),
    share(escalated, windows),
    end(escalated),
    end(ours),
    end(frozen),
    plusMinus(runs.map(({ result }) => result.auditCost)),
    `${Math.round(mean(runs.map(({ result }) => result.certificationAudits)))}, ${Math.round(mean(runs.map(({ result }) => result.learningAudits)))}`,
    quartiles(runs.flatMap(({ result }) => result.firstAt ?? [])),
    mean(before).toFixed(2),
    answered.length === 0
      ? ''
      : `${answered.length} of ${runs.length}: ${quartiles(answered.map(({ questions }) => questions))} (${quartiles(answered.map(({ audits }) => audits))})`,
    recovered.length === 0
      ? ''
      : `${(mean(recovered.map((each) => each.ours)) / mean(recovered.map((each) => each.retuned))).toFixed(2)} (${figure(mean(recovered.map((each) => each.ours)))} ÷ ${figure(mean(recovered.map((each) => each.retuned)))})`,
    '',
  ]
    .join(' | ')
    .trim();
}

const limit = PROMISE.maxQualityLoss;
const always = (ticks: readonly Tick[]): boolean => ticks.every(({ loss }) => loss <= limit);
const whole = (ticks: readonly Tick[]): boolean => mean(ticks.map(({ loss }) => loss)) <= limit;

function windows(ticks: readonly Tick[]): boolean {
  const width = WINDOW / TICK;
  return ticks.every(
    (_, start) =>
      start + width > ticks.length ||
      mean(ticks.slice(start, start + width).map(({ loss }) => loss)) <= limit,
  );
}

/** Share of all moments of all runs at which the policy in force was within the promise. */
function moments(series: readonly (readonly Tick[])[]): string {
  const ticks = series.flat();
  return figure(ticks.filter(({ loss }) => loss <= limit).length / ticks.length);
}

/** Share of the runs in which the promise held, with the lower end of its 95 % interval. */
function share(series: readonly (readonly Tick[])[], held: (ticks: readonly Tick[]) => boolean): string {
  if (series.length === 0) return '';
  const count = series.filter(held).length;
  return `${figure(count / series.length)} (≥ ${figure(clopperPearson(count, series.length, 0.95).lower)})`;
}

function plusMinus(values: readonly number[]): string {
  if (values.length === 0) return '';
  const centre = mean(values);
  const variance = mean(values.map((value) => (value - centre) ** 2));
  return `${centre.toFixed(3)} ± ${Math.sqrt(variance / Math.max(1, values.length - 1)).toFixed(3)}`;
}

/** Median and quartiles. */
function quartiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
  return values.length === 0 ? '' : `${at(0.5)} (${at(0.25)}–${at(0.75)})`;
}

const figure = (value: number): string => value.toFixed(2).replace(/^0\./, '.');
