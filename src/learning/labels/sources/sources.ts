/** The table of label sources: everything that depends on who says something about an answer is read from here. */
import type { LabelSource } from '../../../store/contract/store.ts';
import { agreementSource } from './agreement.ts';
import { judgeSource } from './judge.ts';
import type { ConfiguredSources, LabelSourceDefinition } from './label-source.ts';
import { operatorSource } from './operator.ts';
import { referenceSource } from './reference.ts';
import { userSource } from './user.ts';

/** Every label source. Where several give a verdict on one answer, the first of them is believed. */
export const LABEL_SOURCES: readonly LabelSourceDefinition[] = [
  operatorSource,
  referenceSource,
  judgeSource,
  agreementSource,
  userSource,
];

/** The names of those of the sources that meet a condition, or of all, in the order of the table. */
export function sourceNames(
  sources: readonly LabelSourceDefinition[],
  meets: (source: LabelSourceDefinition) => boolean = () => true,
): LabelSource[] {
  return sources.filter(meets).map(({ name }) => name);
}

/** Whose verdicts models are fitted on, the most trusted source first. */
export function fittedOnSources(sources = LABEL_SOURCES): LabelSource[] {
  return sourceNames(sources, ({ isFittedOn }) => isFittedOn);
}

/** Whose verdicts certificates may rest on, the most trusted source first. */
export function certifyingSources(sources = LABEL_SOURCES): LabelSource[] {
  return sourceNames(sources, ({ certifies }) => certifies);
}

/**
 * Whose verdicts keep a due audit from counting as lost: those that certify, and people's. What nobody judges counts as lost, so a
 * person who chooses what to look at gains nothing by it.
 */
export function dueSources(sources = LABEL_SOURCES): LabelSource[] {
  return sourceNames(
    sources,
    ({ isFittedOn, certifies, inAudits }) => isFittedOn && (certifies || inAudits === undefined),
  );
}

/** Who gives the verdicts that certify, in a certificate's words: `reference answers, else the judge large`. */
export function scorerWords(configured: ConfiguredSources, sources = LABEL_SOURCES): string {
  return sources
    .flatMap(({ certifies, inAudits }) => (certifies ? (inAudits?.named(configured) ?? []) : []))
    .join(', else ');
}

/** Whether some source can compare the answers of any audit with the last tier's, whatever was asked. */
export function hasComparingSource(configured: ConfiguredSources, sources = LABEL_SOURCES): boolean {
  return sources.some(
    ({ inAudits }) => inAudits?.kind === 'compares' && inAudits.named(configured) !== undefined,
  );
}

/** What an operator can do so that audits get verdicts: "import references (…), name a judge (…), or …". */
export function howToGetVerdicts(sources = LABEL_SOURCES): string {
  const ways = sources.flatMap(({ inAudits }) => inAudits?.howToUse ?? []);
  return ways.map((way, index) => (index > 0 && index === ways.length - 1 ? `or ${way}` : way)).join(', ');
}
