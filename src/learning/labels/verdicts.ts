import type { ReferenceRow } from '../../store/contract/learning-rows.ts';
import type { LabelSource } from '../../store/contract/store.ts';
import { scoreAnswer } from '../../traces/check.ts';
import { agree, type Agreement } from './agreement.ts';
import { judgeAnswer, requestText, type AskedRequest, type AskJudge, type Judged } from './judge.ts';
import { questionKeyOf } from './question-key.ts';

/** What a tier answered: its text, without thinking; absent where it was not kept. */
export interface TierAnswer {
  tier: string;
  text?: string;
}

/** What a request's tiers answered, in the order of the tiers, the last one last. */
export interface ToJudge extends AskedRequest {
  route: string;
  answers: readonly TierAnswer[];
  /** Asks the configured judge; absent where there is none. */
  askJudge?: AskJudge;
  /** An answer that is wrong for certain: where the judge has compared another one, it is asked about it too. */
  control?: string;
}

export interface Verdict {
  tier: string;
  source: Extract<LabelSource, 'reference' | 'agreement' | 'judge'>;
  /** 0..1, 1 = acceptable. */
  verdict: number;
}

export interface Verdicts {
  verdicts: Verdict[];
  /** Why a tier has none, a sentence each. */
  problems: string[];
  /** What the judge said of the control; absent where it was not asked about it, or gave no verdict. */
  control?: number;
}

export interface VerdictOptions {
  reference: (route: string, key: string) => Promise<ReferenceRow | undefined>;
  agreement?: Agreement;
  /** The judge's prompt. */
  prompt: string;
}

/**
 * Who says what is right, in order of trust. A known reference scores every tier. Without one the last tier's answer is
 * taken for right: another is where it agrees with that; where it does not, the judge is asked, and without a judge it
 * is wrong. Never throws.
 */
export function createVerdicts({
  reference,
  agreement,
  prompt,
}: VerdictOptions): (asked: ToJudge) => Promise<Verdicts> {
  return async (asked) => {
    const key = questionKeyOf(asked.messages);
    const byKnown = async (): Promise<Verdicts | undefined> => {
      try {
        const known = key === undefined ? undefined : await reference(asked.route, key);
        return known === undefined ? undefined : byReference(known, asked.answers);
      } catch (error) {
        // Without knowing whether there is a reference, a less trusted verdict would stand in its place for ever.
        const why = error instanceof Error ? error.message : String(error);
        return { verdicts: [], problems: [`The references could not be read: ${why}`] };
      }
    };
    const before = await byKnown();
    if (before !== undefined) return before;
    const compared = await byComparison(asked, agreement, prompt);
    // One may have been imported while the judge was asked; the import has seen nothing of this audit yet.
    return (await byKnown()) ?? compared;
  };
}

/**
 * Whether anything but a person can say what is right about this question. Never throws: where the references cannot be
 * read, they may say it.
 */
export function createCanJudge({
  reference,
  agreement,
  judge,
}: Pick<VerdictOptions, 'reference' | 'agreement'> & { judge: boolean }): (
  asked: Pick<ToJudge, 'route' | 'messages'>,
) => Promise<boolean> {
  return async ({ route, messages }) => {
    if (agreement !== undefined || judge) return true;
    const key = questionKeyOf(messages);
    if (key === undefined) return false;
    return reference(route, key).then(
      (known) => known !== undefined,
      () => true,
    );
  };
}

function byReference({ check, reference }: ReferenceRow, answers: readonly TierAnswer[]): Verdicts {
  return collect(
    answers.map(({ tier, text }) =>
      text === undefined
        ? notKept(tier)
        : { tier, source: 'reference', verdict: scoreAnswer(check, reference, text) },
    ),
  );
}

async function byComparison(
  { answers, askJudge, control, ...request }: ToJudge,
  agreement: Agreement | undefined,
  prompt: string,
): Promise<Verdicts> {
  if (agreement === undefined && askJudge === undefined) return { verdicts: [], problems: [] };
  const last = answers.at(-1);
  if (last === undefined) return { verdicts: [], problems: [] };
  if (last.text === undefined) return { verdicts: [], problems: [notKept(last.tier)] };
  if (last.text === '')
    return {
      verdicts: [],
      problems: [`The answer of ${last.tier} is empty: nothing can be compared with it.`],
    };
  const reference = last.text;
  const source = agreement === undefined ? 'judge' : 'agreement';
  const found: (Verdict | string)[] = [];
  let hasJudged = false;
  for (const { tier, text } of answers.slice(0, -1)) {
    if (text === undefined) found.push(notKept(tier));
    else if (text === '') found.push({ tier, source, verdict: 0 });
    else if (text === reference || (agreement !== undefined && agree(agreement, text, reference)))
      found.push({ tier, source, verdict: 1 });
    else if (askJudge === undefined) found.push({ tier, source, verdict: 0 });
    else found.push(await byJudge(tier, text));
  }
  const controlled = control !== undefined && hasJudged ? await judge(control) : undefined;
  return {
    ...collect([...found, { tier: last.tier, source, verdict: 1 }]),
    ...(controlled !== undefined && 'verdict' in controlled ? { control: controlled.verdict } : {}),
  };

  async function judge(answer: string): Promise<Judged | undefined> {
    const question = requestText(request);
    return question === undefined || askJudge === undefined
      ? undefined
      : judgeAnswer(prompt, { question, reference, answer }, askJudge);
  }

  async function byJudge(tier: string, answer: string): Promise<Verdict | string> {
    const judged = await judge(answer);
    if (judged === undefined)
      return `No judge was asked about the answer of ${tier}: the request is not text alone.`;
    if ('problem' in judged) return `The answer of ${tier} has no verdict. ${judged.problem}`;
    hasJudged = true;
    return { tier, source: 'judge', verdict: judged.verdict };
  }
}

function notKept(tier: string): string {
  return `The text of ${tier}'s answer is not known.`;
}

function collect(found: readonly (Verdict | string)[]): Verdicts {
  return {
    verdicts: found.filter((each) => typeof each !== 'string'),
    problems: found.filter((each) => typeof each === 'string'),
  };
}
