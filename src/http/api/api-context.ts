import type { OperatorDesk } from '../../learning/operators/operator-desk.ts';
import type { ListedModel } from '../../protocol/protocol.ts';
import type { FeedbackLimits } from '../../request/memory/feedback-limits.ts';
import type { KeptAnswers } from '../../request/memory/kept-answers.ts';
import type { Recorder } from '../../store/recorder/recorder.ts';
import type { Metrics } from '../../telemetry/metrics.ts';

/** What Weir's own endpoints need. */
export interface ApiContext {
  models: readonly ListedModel[];
  /** Names of a route's tiers, cheapest first; none where there is no such route. */
  tiersOf(route: string): readonly string[];
  /** Decisions can be read as soon as they are recorded, written or not. */
  recorder: Pick<Recorder, 'decision' | 'label'>;
  /** What operators see of learning, and their verdicts. */
  operatorDesk: OperatorDesk;
  feedbackLimits: FeedbackLimits;
  /** Absent where no texts are kept. */
  kept?: Pick<KeptAnswers, 'read' | 'forget'>;
  /**
   * @returns what is wrong although this process can serve, a sentence each, fit for everybody.
   * @throws {WeirError} where it cannot, because of what it alone suffers.
   */
  ready(): Promise<readonly string[]>;
  metrics: Pick<Metrics, 'labelled' | 'text'>;
  /** Milliseconds since the epoch. */
  now(): number;
}
