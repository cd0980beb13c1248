import { counted } from '../../format/counted.ts';
import type { People } from '../../learning/operators/operator-desk.ts';
import { percent as showPercent } from '../common/output.ts';

type Status = Awaited<ReturnType<People['status']>>[number];
type Interval = NonNullable<Status['estimates']['saving']>['interval'];

/** Where a route's learning stands, a line each. What is not known is not said. */
export function describeStatus(status: Status): string[] {
  return [
    `Route ${status.route}: ${status.tiers.join(', ')}`,
    ...[
      ...describeForce(status),
      ...describeLabels(status),
      ...describeNext(status),
      ...describeEvents(status),
      ...describeEstimates(status),
    ].map((line) => `  ${line}`),
  ];
}

function describeForce(status: Status): string[] {
  const { promise, inForce, proposed, lapsed } = status;
  const promised =
    promise === undefined
      ? 'It promises no quality.'
      : `To be promised: at most ${percent(promise.maxQualityLoss)} of quality lost, with a certainty of ${percent(promise.certainty)}.`;
  return [
    promised,
    forceWords(status),
    ...(inForce?.sentence === undefined ? [] : [inForce.sentence]),
    ...(proposed === undefined
      ? []
      : [`Version ${proposed} waits for your word: \`weir versions promote ${proposed}\`.`]),
    ...(lapsed === undefined
      ? []
      : [
          `Version ${lapsed.version} waited for your word, and waits no more: its certificate ${lapseWords(lapsed)}. Another one has to be certified.`,
        ]),
  ];
}

function forceWords({ tiers, byHand, inForce }: Status): string {
  const otherwise =
    byHand === undefined ? `${tiers.at(-1) ?? ''} answers everything` : `${BY_HAND[byHand]}, not certified`;
  if (inForce === undefined) return `No version is in force: ${otherwise}.`;
  const { version, certified, lapsed, obstacle } = inForce;
  if (obstacle !== undefined)
    return `Version ${version} was promoted, and does not apply: ${obstacle}. So ${otherwise}.`;
  const why = lapsed === undefined ? '' : `; its certificate ${lapseWords(lapsed)}`;
  return `Version ${version} is in force: ${certified ? 'certified' : 'not certified'}${why}.`;
}

const BY_HAND = {
  thresholds: 'thresholds set by hand decide',
  heuristic: 'a fixed rule of the configuration decides',
} as const satisfies Record<NonNullable<Status['byHand']>, string>;

function lapseWords({ since, why }: { since: string; why: string }): string {
  return `lapsed ${minute(since)} (${why.replace(/\.$/, '')})`;
}

function describeLabels({ labels, audits, dropped, controls, estimates }: Status): string[] {
  const rate = labels.perDay === undefined ? '' : `, about ${round(labels.perDay)} a day`;
  const sources = Object.entries(estimates.labels).map(([source, count]) => `${source} ${count}`);
  return [
    `Labels: ${counted(labels.complete, 'audit')} with a verdict on every tier's answer, ${labels.certifying} of them can certify${rate}.`,
    ...describeAudits(audits),
    ...describeDropped(dropped),
    ...(controls === undefined
      ? []
      : [
          `Of ${counted(controls.asked, 'answer')} that ${controls.asked === 1 ? 'is' : 'are'} wrong for certain the judge called ${controls.good} good.`,
          ...(controls.warning === undefined ? [] : [controls.warning]),
        ]),
    ...(sources.length === 0 ? [] : [`Verdicts under the policy that serves now: ${sources.join(', ')}.`]),
  ];
}

/** Only where some are not judged. */
function describeAudits(audits: Status['audits']): string[] {
  if (audits === undefined) return [];
  const { judged, unjudged, noVerdict, incomplete, whyNoVerdict, whyIncomplete } = audits;
  const others = [
    ...(unjudged === 0 ? [] : [`nobody judged ${unjudged}`]),
    ...(noVerdict === 0 ? [] : [`${noVerdict} got no verdict`]),
    ...(incomplete === 0 ? [] : [`${incomplete} ${areIs(incomplete)} incomplete`]),
  ];
  if (others.length === 0) return [];
  const all = judged + unjudged + noVerdict + incomplete;
  return [
    `Audits of the last seven days: ${all}; nothing is learned of some, for ${others.join(', ')}.`,
    ...(whyNoVerdict === undefined ? [] : [`The newest without a verdict says: ${whyNoVerdict}`]),
    ...(whyIncomplete === undefined ? [] : [`The newest incomplete one says: ${whyIncomplete}`]),
  ];
}

/** So few may be missing by chance, or of a kind that is never audited. */
const FEW_DROPPED = 0.05;

function describeDropped(dropped: Status['dropped']): string[] {
  if (dropped === undefined || dropped.dropped < FEW_DROPPED * dropped.due) return [];
  const share = (count: number): string => percent(count / dropped.due);
  const others = dropped.dropped - dropped.overBudget;
  const why = [
    ...(dropped.overBudget === 0
      ? []
      : [
          `${share(dropped.overBudget)} because their tenant's budget of the day (\`learning.dailyBudgetUsd\`) was spent`,
        ]),
    ...(others === 0
      ? []
      : [
          `${share(others)} because they are never audited, or too many waited (\`weir_audits_total\` counts each reason)`,
        ]),
  ];
  return [
    `About ${share(dropped.dropped)} of the latest requests that were due to be audited were not: ${why.join(', ')}. A certificate does not speak of such requests.`,
  ];
}

function describeNext({ next, problem, candidate, epoch, auditing }: Status): string[] {
  const lines: string[] = [];
  if (problem !== undefined) lines.push(`Nothing can be learned now: ${problem.replace(/\.$/, '')}.`);
  if (candidate !== undefined)
    lines.push(
      `Candidate ${candidate.version}: fitted on ${counted(candidate.fitRows, 'audit')}, frozen ${minute(candidate.frozenAt)}, tested ${candidate.taken} of ${candidate.looks.length} times.`,
    );
  if (next !== undefined) {
    const missing = Math.max(0, next.needed - next.have);
    const what =
      next.what === 'test'
        ? `the candidate's next test, at ${counted(next.needed, 'certification audit')} after it was frozen`
        : `the next fit, at ${counted(next.needed, 'audit')}`;
    lines.push(
      `Next: ${what}. ${next.have} ${areIs(next.have)} there, ${missing} ${areIs(missing)} still needed${describeWait(next, missing)}.`,
    );
    if (next.repeated !== undefined)
      lines.push(
        `Certification audits since then that do not count, for their question or conversation was there before: ${next.repeated}.`,
      );
    if (next.hint !== undefined) lines.push(next.hint);
  }
  if (epoch !== undefined)
    lines.push(
      `Attempts at a certificate since ${minute(epoch.beganAt)} (${epoch.why.replace(/\.$/, '')}): ${epoch.attempts}.`,
    );
  if (auditing === 'raised') lines.push('After a change more requests are audited than usual.');
  return lines;
}

const areIs = (count: number): string => (count === 1 ? 'is' : 'are');

function describeWait({ inDays }: NonNullable<Status['next']>, missing: number): string {
  if (missing === 0) return '';
  if (inDays === undefined) return '; when, cannot be said yet: too few with a verdict came lately';
  const hours = Math.ceil(inDays * 24);
  if (hours <= 1) return '; at this rate within an hour';
  return `; at this rate in about ${hours < 48 ? `${hours} hours` : `${Math.ceil(inDays)} days`}`;
}

function describeEvents({ tests, alarms, steps }: Status): string[] {
  const shown = [
    // What follows from the others, and was written with them, stands above them.
    ...steps.map(({ message, version, ...event }) => ({
      ...event,
      message: version === undefined ? message : `${message} (version ${version})`,
      what: STEPS[event.kind] ?? event.kind,
    })),
    ...tests.map((event) => ({ ...event, what: 'Test' })),
    ...alarms.map((event) => ({ ...event, what: 'Alarm' })),
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

function describeEstimates({ estimates, policy, tiers, promise }: Status): string[] {
  const { loss, saving, judge, requests } = estimates;
  if (loss === undefined && saving === undefined && judge === undefined)
    return ['Nothing can be estimated yet of the policy that serves.'];
  const lines = [
    `Estimates for policy ${policy ?? ''}, its newest ${counted(requests, 'request')}, 95 % intervals:`,
  ];
  if (loss !== undefined) {
    const verdicts = loss.corrected
      ? `corrected by ${counted(loss.checked, 'verdict')} of operators or references`
      : 'the verdicts taken as they are';
    lines.push(
      `  quality lost  ${percent(loss.estimate)} (${span(loss.interval)}), from ${counted(loss.audits, 'audit')}, ${verdicts}`,
    );
    if (loss.violationRisk !== undefined)
      lines.push(
        `  risk          ${percent(loss.violationRisk)} that more than ${percent(promise?.maxQualityLoss ?? NaN)} is lost`,
      );
  }
  if (saving !== undefined) {
    const of = (usd: number): string => percent(usd / saving.baselineUsd);
    lines.push(
      `  saved         ${percent(saving.share)} (${span(saving.interval)}) of always ${tiers.at(-1) ?? ''}, after audits (${of(saving.auditsUsd)}) and judges (${of(saving.judgesUsd)}), over ${counted(saving.requests, 'request')}`,
    );
    if (saving.baselineAssumed > 0) {
      const where = `where ${tiers.at(-1) ?? ''} did not serve (${counted(saving.baselineAssumed, 'request')})`;
      lines.push(
        saving.baselineAudits === undefined
          ? `                ${where}, its price for the served answer's tokens is taken`
          : `                ${where}, its costs are those that ${counted(saving.baselineAudits, 'audit')} found`,
      );
    }
    if (saving.leftOut > 0)
      lines.push(
        `                left out, for nobody knows their cost: ${counted(saving.leftOut, 'request')}`,
      );
  }
  if (judge !== undefined)
    lines.push(
      `  judge         ${percent(judge.disagreement)} (${span(judge.interval)}) apart from operators, on ${counted(judge.requests, 'question')} drawn at random`,
    );
  return lines;
}

/** Without the sign of what is nothing at this many digits. */
function percent(share: number): string {
  return showPercent(Math.round(share * 1_000) === 0 ? 0 : share);
}

function span({ lower, upper }: Interval): string {
  return `${percent(lower)} … ${percent(upper)}`;
}

function minute(at: string): string {
  return at.slice(0, 16).replace('T', ' ');
}

function round(rate: number): string {
  return rate < 10 ? String(Number(rate.toFixed(1))) : String(Math.round(rate));
}
