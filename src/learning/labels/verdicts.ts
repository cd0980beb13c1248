/** Verdicts on the answers of an audit, from the sources in the table. Pure: calls and look-ups are passed in. */
import { defined } from '../../defined.ts';
import type { LabelSource } from '../../store/contract/store.ts';
import type {
  AuditedQuestion,
  CompareAnswers,
  ComparedAnswer,
  ConfiguredSources,
  LabelSourceDefinition,
  VerdictSettings,
} from './sources/label-source.ts';
import { hasComparingSource, LABEL_SOURCES } from './sources/sources.ts';

/** What a tier answered: its text, without thinking; absent where it was not kept. */
export interface AuditAnswer {
  tier: string;
  text?: string;
}

/** What a request's tiers answered, in the order of the tiers, the last one last. */
export interface AuditAnswers extends AuditedQuestion {
  answers: readonly AuditAnswer[];
  /** An answer that is certainly wrong. A model that has compared another answer is asked about it too. */
  control?: string;
}

export interface Verdict {
  tier: string;
  source: LabelSource;
  /** 0..1, 1 = acceptable. */
  verdict: number;
}

export interface Verdicts {
  verdicts: Verdict[];
  /** Why a tier has none, a sentence each. */
  problems: string[];
  /** The verdict on the control; absent where no model was asked about it, or none gave a verdict. */
  control?: number;
}

export interface VerdictOptions extends VerdictSettings {
  /** The table of label sources; another one in tests. */
  sources?: readonly LabelSourceDefinition[];
}

/**
 * The first source that knows the question scores every tier, and no other is asked. Without one, the last tier's answer
 * counts as right, and the others are compared with it: first by sources that call no model. Never throws.
 */
export function createVerdicts({
  sources = LABEL_SOURCES,
  ...settings
}: VerdictOptions): (asked: AuditAnswers) => Promise<Verdicts> {
  return async (asked) => {
    const known = await scoreAnswers(sources, asked, settings);
    if (known !== undefined) return known;
    const compared = await compareAnswers(comparersFor(sources, asked, settings), asked);
    // A reference may have been imported during the comparison; the import has not seen this audit yet.
    return (await scoreAnswers(sources, asked, settings)) ?? compared;
  };
}

/**
 * Whether any source but a person can give verdicts on the answers to a question. Never throws: where a source cannot tell
 * whether it knows the question, it may.
 */
export function createCanGetVerdicts({
  sources = LABEL_SOURCES,
  configured,
  ...settings
}: VerdictOptions & { configured: ConfiguredSources }): (
  asked: Pick<AuditAnswers, 'route' | 'messages'>,
) => Promise<boolean> {
  return async (asked) => {
    if (hasComparingSource(configured, sources)) return true;
    for (const { inAudits } of sources) {
      if (inAudits?.kind !== 'scores') continue;
      const knows = await inAudits.scorerFor(asked, settings).then(
        (scorer) => scorer !== undefined,
        () => true,
      );
      if (knows) return true;
    }
    return false;
  };
}

async function scoreAnswers(
  sources: readonly LabelSourceDefinition[],
  asked: AuditAnswers,
  settings: VerdictSettings,
): Promise<Verdicts | undefined> {
  try {
    for (const { name, inAudits } of sources) {
      if (inAudits?.kind !== 'scores') continue;
      const score = await inAudits.scorerFor(asked, settings);
      if (score === undefined) continue;
      const found: (Verdict | string)[] = [];
      // One after the other: a program may be no match for all answers at once.
      for (const [index, { tier, text }] of asked.answers.entries()) {
        const isLast = index === asked.answers.length - 1;
        found.push(
          text === undefined ? notKept(tier) : { tier, source: name, verdict: await score(text, { isLast }) },
        );
      }
      return collect(found);
    }
    return undefined;
  } catch (error) {
    // The source may know the question. A less trusted verdict would stand in its place for good.
    return { verdicts: [], problems: [error instanceof Error ? error.message : String(error)] };
  }
}

interface Comparer {
  source: LabelSource;
  callsModel: boolean;
  compare: CompareAnswers;
}

/** Those that call no model come first, else the more trusted ones. */
function comparersFor(
  sources: readonly LabelSourceDefinition[],
  asked: AuditAnswers,
  settings: VerdictSettings,
): Comparer[] {
  const comparers = sources.flatMap(({ name, inAudits }): Comparer[] => {
    if (inAudits?.kind !== 'compares') return [];
    const compare = inAudits.comparerFor(asked, settings);
    return compare === undefined ? [] : [{ source: name, callsModel: inAudits.callsModel, compare }];
  });
  return comparers.toSorted((a, b) => Number(a.callsModel) - Number(b.callsModel));
}

async function compareAnswers(
  comparers: readonly Comparer[],
  { answers, control }: AuditAnswers,
): Promise<Verdicts> {
  const [first, ...further] = comparers;
  const last = answers.at(-1);
  if (first === undefined || last === undefined) return { verdicts: [], problems: [] };
  if (last.text === undefined) return { verdicts: [], problems: [notKept(last.tier)] };
  if (last.text === '')
    return {
      verdicts: [],
      problems: [`The answer of ${last.tier} is empty, so no answer can be compared with it.`],
    };
  const { source } = first;
  const found: (Verdict | string)[] = [];
  let controlled: Comparer | undefined;
  for (const { tier, text } of answers.slice(0, -1)) {
    if (text === undefined) found.push(notKept(tier));
    else if (text === '') found.push({ tier, source, verdict: 0 });
    else if (text === last.text) found.push({ tier, source, verdict: 1 });
    else {
      const { by, said } = await compareInTurn(first, further, [text, last.text]);
      if ('problem' in said) found.push(`The answer of ${tier} has no verdict. ${said.problem}`);
      else {
        found.push({ tier, source: by.source, verdict: said.verdict });
        if (by.callsModel) controlled ??= by;
      }
    }
  }
  found.push({ tier: last.tier, source, verdict: 1 });
  const said = control === undefined ? undefined : await controlled?.compare(control, last.text);
  return {
    ...collect(found),
    ...defined({ control: said !== undefined && 'verdict' in said ? said.verdict : undefined }),
  };
}

/** Asks one comparer after the other, until a verdict stands or cannot be given. */
async function compareInTurn(
  by: Comparer,
  [next, ...further]: readonly Comparer[],
  texts: Parameters<CompareAnswers>,
): Promise<{ by: Comparer; said: ComparedAnswer }> {
  const said = await by.compare(...texts);
  return said.isTentative === true && next !== undefined ? compareInTurn(next, further, texts) : { by, said };
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
