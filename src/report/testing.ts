import { defined } from '../defined.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { certificateSentence } from '../calibration/tests/certificate-sentence.ts';
import { createRandom, type RandomGenerator } from '../calibration/fit/random.ts';
import { sigmoid } from '../calibration/fit/sigmoid.ts';
import type { Certificate } from '../routing/version.ts';
import type { FrontierPoint } from '../learning/tuning/frontier.ts';
import type { ReportData } from './report-data.ts';
import { reportFromRows } from './from-rows.ts';
import { qualityLoss, relativeCost } from './measures.ts';
import type { ReportFrame, ReportRow, Spending, ReportAnswer } from './rows.ts';

/** Groups, with the ease of their questions and the overconfidence of the small tier, in log-odds. */
const GROUPS = [
  { group: 'order-status', share: 0.3, ease: 1.6, conceit: 0 },
  { group: 'returns', share: 0.25, ease: 0.8, conceit: 0 },
  { group: 'product-questions', share: 0.2, ease: 0.2, conceit: 0 },
  { group: 'invoices', share: 0.15, ease: -0.5, conceit: 0.8 },
  { group: 'contract-law', share: 0.1, ease: -1.4, conceit: 0 },
] as const;

const LADDER = [
  { tier: 'small-8b', skill: 0.3, cost: 1, signals: 0.6 },
  { tier: 'medium-70b', skill: 1.3, cost: 9, signals: 0 },
  { tier: 'large-405b', skill: 2.4, cost: 40, signals: 0 },
] as const;

interface Question {
  row: Omit<ReportRow, 'served' | 'spent' | 'lastCost'>;
  /** Its length; costs are proportional to it. */
  length: number;
}

/** Made-up report data of three tiers, the same for the same seed; for tests, and for looking at the page. */
export function sampleReport({
  seed = 7,
  questions = 2400,
  certified = true,
}: { seed?: number; questions?: number; certified?: boolean } = {}): ReportData {
  const random = createRandom(seed);
  const frame = sampleFrame(random, certified);
  return reportFromRows(sampleRows(random, questions, certified ? thresholdOf(frame) : Infinity), frame);
}

/** Test rows under one accept threshold. */
export function sampleRows(random: RandomGenerator, questions: number, threshold = 0.8): ReportRow[] {
  return Array.from({ length: questions }, (_, index) => decide(drawQuestion(random, index), threshold));
}

const LIMIT = 0.02;

/** From strict to lax; always-last comes before them. */
const THRESHOLDS = Array.from({ length: 36 }, (_, index) => 0.985 - index * 0.022);

function thresholdOf({ frontier }: ReportFrame): number {
  return THRESHOLDS[frontier.chosen - 1] ?? Infinity;
}

/** What the tuner would report of the sample's path, on certify rows of its own. */
export function sampleFrame(random: RandomGenerator, certified: boolean): ReportFrame {
  const certify = Array.from({ length: 1000 }, (_, index) => drawQuestion(random, index));
  let passed = certified;
  const points = THRESHOLDS.map((threshold, index): FrontierPoint => {
    const rows = certify.map((question) => decide(question, threshold));
    const loss = qualityLoss(rows, last()) ?? { value: NaN, lower: NaN, upper: NaN };
    passed &&= loss.upper <= LIMIT;
    return {
      priceOfQuality: Number((60 * 0.86 ** index).toPrecision(3)),
      relativeCost: relativeCost(rows).value,
      loss,
      certified: passed,
    };
  });
  const alwaysLast = { relativeCost: 1, loss: { value: 0, lower: 0, upper: 0 }, certified: true };
  const all: FrontierPoint[] = [alwaysLast, ...points];
  return {
    route: 'auto',
    tiers: LADDER.map(({ tier }) => tier),
    source: 'support.jsonl.gz',
    createdAt: '2026-11-24T09:30:00Z',
    ...(certified
      ? { version: '3f9ac0de41b7', certificate: certificate(certify.length) }
      : { furtherLabels: 640 }),
    objective: { maxQualityLoss: LIMIT, certainty: 0.9 },
    questions: { fit: 800, certify: certify.length },
    usdPerUnit: 1e-5,
    frontier: {
      measures: 'loss',
      on: 'certify',
      questions: certify.length,
      points: all,
      chosen: all.findLastIndex((point) => point.certified),
      limit: LIMIT,
    },
  };
}

function certificate(rows: number): Certificate {
  const claim = {
    promise: 'loss' as const,
    limit: LIMIT,
    level: 0.1,
    rows,
    source: 'support.jsonl.gz',
    dates: ['2026-09-01', '2026-10-31'] as [string, string],
    scorer: 'exact match',
  };
  return { ...claim, test: 'exact', pValue: 0.062, sentence: certificateSentence(claim) };
}

function last(): string {
  return LADDER.at(-1)?.tier ?? '';
}

function drawQuestion(random: RandomGenerator, index: number): Question {
  const draw = uniformFloat64(random);
  let before = 0;
  const topic = GROUPS.find(({ share }) => (before += share) > draw) ?? GROUPS[0];
  const seen = normal(random) * 1.35;
  const hidden = normal(random) * 1.1;
  // One coin for all tiers: a strong tier mostly knows what a weak one knows.
  const coin = uniformFloat64(random);
  const answers: Record<string, ReportAnswer> = {};
  for (const { tier, skill, signals } of LADDER) {
    const logit = topic.ease + skill + seen + normal(random) * 1.15;
    const score = coin < sigmoid(logit - hidden) ? 1 : 0;
    const believed = logit * 0.87 + (tier === LADDER[0].tier ? topic.conceit : 0);
    answers[tier] = defined({
      score,
      confidence: tier === last() ? undefined : sigmoid(believed),
      paidConfidence: signals > 0 ? sigmoid(believed * 0.9 + (score - 0.5) * 0.7) : undefined,
    });
  }
  return {
    row: {
      id: `${topic.group}-${String(index).padStart(4, '0')}`,
      group: topic.group,
      answers,
      ...(index % 3 === 0
        ? {}
        : {
            question: `The customer of order ${48_000 + index} asks whether the ${topic.group.replaceAll('-', ' ')} rule <§ ${index % 17}> & its exceptions still apply after the second reminder, and which of both dates counts. What do we answer?`,
            answer: index % 2 === 0 ? 'It applies; the later date counts.' : 'No.',
            reference: 'It applies, and the earlier date counts.',
          }),
    },
    length: 0.5 + uniformFloat64(random),
  };
}

/** Accepts from a threshold on, the last tier from none; buys the small tier's paid signals where its confidence is close to it. */
function decide({ row, length }: Question, threshold: number): ReportRow {
  const lastCost = (LADDER.at(-1)?.cost ?? NaN) * length;
  if (threshold === Infinity)
    return { ...row, served: last(), spent: [{ tier: last(), on: 'answer', cost: lastCost }], lastCost };
  const spent: Spending[] = [];
  let served = last();
  for (const { tier, cost, signals } of LADDER) {
    spent.push({ tier, on: 'answer', cost: cost * length });
    const { confidence = Infinity, paidConfidence } = row.answers[tier] ?? {};
    const isClose = signals > 0 && Math.abs(confidence - threshold) < 0.12;
    if (isClose) spent.push({ tier, on: 'signals', cost: signals * length });
    if ((isClose ? (paidConfidence ?? confidence) : confidence) >= threshold) {
      served = tier;
      break;
    }
  }
  return { ...row, served, spent, lastCost };
}

/** Close enough to a standard normal: twelve uniform numbers less six. */
function normal(random: RandomGenerator): number {
  return Array.from({ length: 12 }, () => uniformFloat64(random)).reduce((sum, each) => sum + each, -6);
}
