import { ruleOf } from '../../routing/rules/rules.ts';
import { counted } from '../../format/counted.ts';
import { exactPercent, percent } from '../../format/percent.ts';
import { isoMinute } from '../../format/time.ts';
import type { OperatorDesk } from '../../learning/operators/operator-desk.ts';
import { commandLine } from '../../format/command-line.ts';
import { describeRollout } from './rollout-words.ts';

type Status = Awaited<ReturnType<OperatorDesk['status']>>[number];
type Interval = NonNullable<Status['estimates']['loss']>['interval'];

/** Where a route's learning stands, one line per fact. What is not known is left out. @param config as the command was given it. */
export function describeStatus(status: Status, config?: string): string[] {
  return [
    `Route ${status.route}: ${status.tiers.join(', ')}`,
    ...[
      ...describeForce(status, config),
      ...describeRollout(status, config),
      ...describeLabels(status),
      ...describeNext(status),
      ...describeEvents(status),
      ...describeEstimates(status),
    ].map((line) => `  ${line}`),
  ];
}

function describeForce(status: Status, config: string | undefined): string[] {
  const { promise, inForce, proposed, lapsed } = status;
  const lines = [
    promise === undefined
      ? 'This route promises no quality.'
      : `Objective: lose at most ${percent(promise.maxQualityLoss)} of quality, with ${percent(promise.certainty)} certainty.`,
    forceWords(status),
  ];
  if (inForce?.sentence !== undefined) lines.push(inForce.sentence);
  if (inForce?.beyondPromise !== undefined) lines.push(inForce.beyondPromise);
  if (proposed !== undefined)
    lines.push(
      `Version ${proposed} waits for your approval: put it in force with ${commandLine(`versions promote ${proposed}`, config)}.`,
    );
  if (lapsed !== undefined)
    lines.push(
      lapsed.isForNow === true
        ? `Version ${lapsed.version} waits for your approval, but its certificate does not hold now: it ${lapseWords(lapsed)}.`
        : `Version ${lapsed.version} can no longer be approved: its certificate ${lapseWords(lapsed)}. Weir has to certify another one.`,
    );
  return lines;
}

function forceWords({ tiers, byHand, inForce }: Status): string {
  const otherwise =
    byHand === undefined
      ? `${tiers.at(-1) ?? ''} answers everything`
      : `${ruleOf({ kind: byHand }).byHand ?? byHand}, not certified`;
  if (inForce === undefined) return `No version is in force: ${otherwise}.`;
  const { version, certified, lapsed, obstacle } = inForce;
  if (obstacle !== undefined)
    return `Version ${version} was promoted but does not apply: ${obstacle}. So ${otherwise}.`;
  const why = lapsed === undefined ? '' : `; its certificate ${lapseWords(lapsed)}`;
  return `Version ${version} is in force: ${certified ? 'certified' : 'not certified'}${why}.`;
}

function lapseWords({ since, why }: { since: string; why: string }): string {
  return `lapsed ${minute(since)} (${withoutStop(why)})`;
}

function describeLabels({ labels, audits, due, dropped, controls, estimates }: Status): string[] {
  const rate = labels.perDay === undefined ? '' : `, about ${round(labels.perDay)} a day`;
  const lines = [
    `Labels: ${counted(labels.complete, 'audit')} with a verdict on every tier's answer; ${labels.certifying} of them can certify${rate}.`,
    ...describeUnlearned(audits),
    ...describeDue(due),
    ...describeDropped(dropped),
  ];
  if (controls !== undefined)
    lines.push(
      `The judge called ${controls.good} of ${counted(controls.asked, 'answer')} good that ${areIs(controls.asked)} certainly wrong.`,
    );
  if (controls?.warning !== undefined) lines.push(controls.warning);
  const sources = Object.entries(estimates.labels).map(([source, count]) => `${source} ${count}`);
  if (sources.length > 0) lines.push(`Verdicts on the current policy: ${sources.join(', ')}.`);
  return lines;
}

/** Audits that teach nothing, if there are any. */
function describeUnlearned(audits: Status['audits']): string[] {
  if (audits === undefined) return [];
  const { judged, unjudged, noVerdict, incomplete, whyNoVerdict, whyIncomplete } = audits;
  const others = [
    ...(unjudged === 0 ? [] : [`${unjudged} ${wasWere(unjudged)} never judged`]),
    ...(noVerdict === 0 ? [] : [`${noVerdict} got no verdict`]),
    ...(incomplete === 0 ? [] : [`${incomplete} ${areIs(incomplete)} incomplete`]),
  ];
  if (others.length === 0) return [];
  const all = judged + unjudged + noVerdict + incomplete;
  const lines = [`Audits of the last seven days: ${all}. Some teach nothing: ${others.join(', ')}.`];
  if (whyNoVerdict !== undefined) lines.push(`The newest audit without a verdict says: ${whyNoVerdict}`);
  if (whyIncomplete !== undefined) lines.push(`The newest incomplete audit says: ${whyIncomplete}`);
  return lines;
}

/** Whether the audits that are to certify get verdicts, where some do not. */
function describeDue(status: Status['due']): string[] {
  if (status === undefined) return [];
  const { due, unjudged, most, problem, uncertified } = status;
  const { verdict = 0, answer = 0 } = unjudged;
  const lost = verdict + answer;
  const lines =
    uncertified === undefined
      ? []
      : [
          `Nothing is certified since ${minute(uncertified.since)}: ${uncertified.why}. The alarm says what to mend.`,
        ];
  if (lost === 0) return lines;
  const kinds = [
    ...(verdict === 0 ? [] : [`${verdict} got no verdict`]),
    ...(answer === 0 ? [] : [`${answer} lack a tier's answer or were dropped`]),
  ];
  const says = problem === undefined ? '' : ` The newest says: ${problem}`;
  return [
    ...lines,
    `Due audits of the last seven days: ${due}. ${percent(lost / due)} of them count as lost (${kinds.join(', ')}); with more than ${exactPercent(most)} nothing is certified.${says}`,
  ];
}

/** Below this share, missing audits may be due to chance, or to a restart. */
const FEW_DROPPED = 0.05;

function describeDropped(dropped: Status['dropped']): string[] {
  if (dropped === undefined || dropped.dropped < FEW_DROPPED * dropped.due) return [];
  const share = (count: number): string => percent(count / dropped.due);
  const others = dropped.dropped - dropped.overBudget;
  const why = [
    ...(dropped.overBudget === 0
      ? []
      : [
          `${share(dropped.overBudget)} because their tenant's daily budget (\`learning.dailyBudgetUsd\`) was spent: a certificate says nothing of these`,
        ]),
    ...(others === 0
      ? []
      : [
          `${share(others)} because too many waited, their client left, or the gateway was stopped: these count as lost (\`weir_audits_total\` counts each reason)`,
        ]),
  ];
  return [
    `About ${share(dropped.dropped)} of the recent requests that were due for an audit were not audited: ${why.join('; ')}.`,
  ];
}

function describeNext({ next, problem, candidate, epoch, auditing }: Status): string[] {
  const lines: string[] = [];
  if (problem !== undefined) lines.push(`This route cannot learn now: ${withoutStop(problem)}.`);
  if (candidate !== undefined)
    lines.push(
      `Candidate ${candidate.version}: fitted on ${counted(candidate.fitRows, 'audit')}, frozen ${minute(candidate.frozenAt)}, ${candidate.looks.length === 0 ? 'not to be tested' : `tested ${candidate.taken} of ${candidate.looks.length} times`}.`,
    );
  if (next !== undefined) {
    const missing = Math.max(0, next.needed - next.have);
    const what =
      next.what === 'test'
        ? `the candidate's next test, after ${counted(next.needed, 'certification audit')} since it was frozen`
        : `the next fit, after ${counted(next.needed, 'audit')}`;
    lines.push(`Next: ${what}. It has ${next.have} and needs ${missing} more${describeWait(next, missing)}.`);
    if (next.repeated !== undefined)
      lines.push(
        `Certification audits since then that do not count, because their question or conversation came up before: ${next.repeated}.`,
      );
    if (next.hint !== undefined) lines.push(next.hint);
  }
  if (epoch !== undefined)
    lines.push(
      `Attempts at a certificate since ${minute(epoch.beganAt)} (${withoutStop(epoch.why)}): ${epoch.attempts}.`,
    );
  if (auditing === 'raised') lines.push('Weir audits more requests than usual after a change.');
  return lines;
}

const areIs = (count: number): string => (count === 1 ? 'is' : 'are');
const wasWere = (count: number): string => (count === 1 ? 'was' : 'were');

function describeWait({ inDays }: NonNullable<Status['next']>, missing: number): string {
  if (missing === 0) return '';
  if (inDays === undefined) return '; too few verdicts came lately to say when';
  const hours = Math.ceil(inDays * 24);
  if (hours <= 1) return '; at this rate within an hour';
  return `; at this rate in about ${hours < 48 ? `${hours} hours` : `${Math.ceil(inDays)} days`}`;
}

function describeEvents({ tests, alarms, steps }: Status): string[] {
  const shown = [
    // A step follows from a test or an alarm of the same moment, so it stands above it: newest first.
    ...steps.map(({ message, version, ...event }) => ({
      ...event,
      message: version === undefined ? message : `${message} (version ${version})`,
      what: STEPS[event.kind] ?? event.kind,
    })),
    ...tests.map((event) => ({ ...event, what: 'Test' })),
    ...alarms.map((event) => ({ ...event, what: event.kind === 'alarm' ? 'Alarm' : 'Recovered' })),
  ];
  return shown
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .map(({ what, at, message }) => `${what} ${minute(at)}: ${message}`);
}

const STEPS: Readonly<Record<string, string>> = {
  promoted: 'Promoted',
  proposed: 'Proposed',
  moved: 'Moved',
  'rolled-back': 'Rolled back',
};

function describeEstimates({ estimates, policy, tiers, promise, rollout }: Status): string[] {
  const { loss, saving, judge, requests } = estimates;
  if (loss === undefined && saving === undefined && judge === undefined)
    return rollout === undefined ? ['There are no estimates for the current policy yet.'] : [];
  const last = tiers.at(-1) ?? '';
  const lines = [
    `Estimates for policy ${policy ?? ''} from its newest ${counted(requests, 'request')}, with 95 % intervals:`,
  ];
  if (loss !== undefined) {
    const verdicts = loss.corrected
      ? `corrected by ${counted(loss.checked, 'verdict')} of operators or references`
      : 'with the verdicts as they are';
    lines.push(
      `  quality lost  ${percent(loss.estimate)} (${span(loss.interval)}), from ${counted(loss.audits, 'audit')}, ${verdicts}`,
    );
    if (loss.unjudged !== undefined)
      lines.push(
        `                ${percent(loss.unjudged.share)} of it are audits without a verdict, which count as lost: ${loss.unjudged.audits}`,
      );
    if (loss.violationRisk !== undefined)
      lines.push(
        `  risk          ${percent(loss.violationRisk)} that more than ${percent(promise?.maxQualityLoss ?? NaN)} is lost`,
      );
  }
  if (saving !== undefined) {
    const of = (usd: number): string => percent(usd / saving.baselineUsd);
    lines.push(
      `  saved         ${percent(saving.share)}${saving.interval === undefined ? '' : ` (${span(saving.interval)})`} of what always asking ${last} costs, after audits (${of(saving.auditsUsd)}) and judges (${of(saving.judgesUsd)}), over ${saving.few ? 'only ' : ''}${counted(saving.requests, 'request')}`,
    );
    if (saving.interval === undefined)
      lines.push(
        '                the requests are too few, or their costs too different, for an interval: the true share may be far from this',
      );
    if (saving.baselineLeastUsd !== undefined)
      lines.push(
        `                the interval's lower end counts what ${last}'s cache may have held: always asking it may have cost only ${percent(saving.baselineLeastUsd / saving.baselineUsd)} of that`,
      );
    if (saving.narrowed !== undefined)
      lines.push(
        `                not in it: ${counted(saving.narrowed.requests, 'request')} that headers kept from some tiers, saving ${percent(saving.narrowed.share)}`,
      );
    if (saving.baselineAssumed > 0) {
      const where = `where ${last} did not serve (${counted(saving.baselineAssumed, 'request')})`;
      lines.push(
        saving.baselineAudits === undefined
          ? `                ${where}, its cost is its price for the served answer's tokens`
          : `                ${where}, its cost is estimated from ${counted(saving.baselineAudits, 'audit')}`,
      );
    }
    if (saving.leftOut > 0)
      lines.push(`                ${counted(saving.leftOut, 'request')} left out: cost not known`);
  }
  if (judge !== undefined)
    lines.push(
      `  judge         ${percent(judge.disagreement)} (${span(judge.interval)}) disagreement with operators, on ${counted(judge.requests, 'question')} drawn at random`,
    );
  return lines;
}

function span({ lower, upper }: Interval): string {
  return `${percent(lower)} … ${percent(upper)}`;
}

function minute(at: string): string {
  return isoMinute(Date.parse(at));
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');

function round(rate: number): string {
  return rate < 10 ? String(Number(rate.toFixed(1))) : String(Math.round(rate));
}
