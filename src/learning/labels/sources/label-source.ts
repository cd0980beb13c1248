/** A label source: a person, a program or a model that says how good an answer is. */
import type { ReferenceRow } from '../../../store/contract/learning-rows.ts';
import type { LabelSource } from '../../../store/contract/store.ts';
import type { Comparing } from '../../../traces/comparing/compare-answers.ts';
import type { AskedRequest, AskJudge } from '../judge.ts';

/** One source. Its verdicts are stored as labels under its name. */
export interface LabelSourceDefinition {
  /** As labels, metrics and the API name it. */
  readonly name: LabelSource;
  /** What its verdicts say, in a line for people. */
  readonly says: string;
  /** What a good answer is by its verdicts: a right one, or one as good as the last tier's. */
  readonly scoresAgainst: 'truth' | 'last-tier';
  /** Models are fitted on its verdicts. */
  readonly isFittedOn: boolean;
  /** Certificates may rest on its verdicts. Not where it chooses itself what it looks at: then they do not stand for the rest. */
  readonly certifies: boolean;
  /** Which API key may send its verdicts to `POST /v1/feedback`; absent: they are not sent there. */
  readonly sentWith?: 'any-key' | 'operator-key';
  /** How it gives verdicts on the answers of an audit; absent where people give them. */
  readonly inAudits?: ScoringSource | ComparingSource;
}

/** What the configuration says of the sources that give verdicts in audits. */
export interface ConfiguredSources {
  /** Name of the judge's model. */
  judge?: string;
  agreement?: Comparing;
}

interface AuditingSource {
  /** The source in a certificate's words, such as `the judge large`; `undefined` where the configuration does not use it. */
  named(configured: ConfiguredSources): string | undefined;
  /** What an operator does to get its verdicts, such as "name a judge (`learning.judge`)". */
  readonly howToUse: string;
}

/** What the sources of an audit's verdicts work with, the same for all audits and for every source: a further setting is added here. */
export interface VerdictSettings {
  /** The known right answer to a question of a route, by the question's key; `undefined` where none is known. */
  reference: (route: string, key: string) => Promise<ReferenceRow | undefined>;
  agreement?: Comparing;
  /** The judge's prompt. */
  prompt: string;
}

/** A request, as its sources of verdicts see it. */
export interface AuditedQuestion extends AskedRequest {
  route: string;
  /** Asks the configured judge; absent where there is none. */
  askJudge?: AskJudge;
}

/** Scores every answer by itself, the last tier's too, where it knows the question. */
export interface ScoringSource extends AuditingSource {
  readonly kind: 'scores';
  /**
   * @returns what scores an answer; `undefined` where the source does not know this question.
   * @throws {Error} with a sentence where it cannot tell: then no less trusted source is asked, whose verdict would stay.
   */
  scorerFor(
    question: Pick<AuditedQuestion, 'route' | 'messages'>,
    settings: VerdictSettings,
  ): Promise<ScoreOneAnswer | undefined>;
}

/**
 * Scores one answer, 0..1, 1 = right; a program that takes its time returns a promise.
 * @param about.isLast it is the last tier's: in doubt it should count as right, and any other's as wrong.
 * @throws {Error} with a sentence where it cannot: then the audit has no verdict, and no less trusted source is asked.
 */
export type ScoreOneAnswer = (answer: string, about: { isLast: boolean }) => number | Promise<number>;

/** Compares an answer with the last tier's, which counts as right. */
export interface ComparingSource extends AuditingSource {
  readonly kind: 'compares';
  /** Each comparison calls a model: it is asked after those that call none, and checked by controls. */
  readonly callsModel: boolean;
  /** @returns what compares two answers to this question; `undefined` where the source is not used. */
  comparerFor(question: AuditedQuestion, settings: VerdictSettings): CompareAnswers | undefined;
}

/** Compares two texts, neither of them empty and not the same. Never throws. */
export type CompareAnswers = (answer: string, lastTierAnswer: string) => Promise<ComparedAnswer>;

/**
 * A verdict, 0..1, or in a sentence why there is none: then the answer has no verdict. `isTentative` where either stands only
 * if no further source compares the two.
 */
export type ComparedAnswer = ({ verdict: number } | { problem: string }) & { isTentative?: boolean };
