import type { People } from '../../learning/operators/operator-desk.ts';
import { contentText } from '../../traces/question-text.ts';
import { harmless, sideBySide, wrap } from '../common/columns.ts';
import type { Keys } from '../common/read-keys.ts';

type Item = Awaited<ReturnType<People['queue']>>[number];

export interface Session {
  items: readonly Item[];
  keys: Pick<Keys, 'next'>;
  judge: People['judge'];
  /** A line for the person who reviews. */
  say: (line: string) => void;
  /** Characters a line. */
  width: number;
}

export interface Reviewed {
  questions: number;
  verdicts: number;
  skipped: number;
}

const HELP = 'g: good   b: bad   s: skip this question   q: quit';
/** Of what was said before the question, so much is shown. */
const SHOWN = 300;

/** Asks about one question after the other. Verdicts are kept as soon as all answers to a question have theirs. */
export async function review({ items, keys, judge, say, width }: Session): Promise<Reviewed> {
  const reviewed = { questions: 0, verdicts: 0, skipped: 0 };
  for (const [index, item] of items.entries()) {
    const answers = distinct(item);
    show(item, answers, { title: `Question ${index + 1} of ${items.length}`, say, width });
    const verdicts = await askAll(answers, keys, say);
    if (verdicts === 'quit') break;
    if (verdicts === 'skip') {
      reviewed.skipped += 1;
      continue;
    }
    for (const [place, { tiers }] of answers.entries()) {
      for (const tier of tiers) {
        await judge(item.outcomeId, tier, verdicts[place] ?? Number.NaN);
        reviewed.verdicts += 1;
      }
    }
    reviewed.questions += 1;
    say(`Kept. ${answers.map(({ head, tiers }) => `${head} was of ${tiers.join(' and of ')}`).join(', ')}.`);
  }
  return reviewed;
}

interface Shown {
  head: string;
  text: string;
  tiers: string[];
}

/** Whether an answer is right does not depend on who gave it: the same text is asked about once. */
function distinct({ answers }: Item): Shown[] {
  const byText = new Map<string, string[]>();
  for (const { tier, text } of answers) byText.set(text.trim(), [...(byText.get(text.trim()) ?? []), tier]);
  return [...byText].map(([text, tiers], index) => ({
    head: `Answer ${String.fromCodePoint(65 + index)}`,
    text: harmless(text),
    tiers,
  }));
}

function show(
  { reasons, messages, route, createdAtMs }: Item,
  answers: readonly Shown[],
  { title, say, width }: { title: string } & Pick<Session, 'say' | 'width'>,
): void {
  const day = new Date(createdAtMs).toISOString().slice(0, 10);
  const lines = [
    '─'.repeat(width),
    `${title} · route ${route} · ${day}`,
    ...reasons.flatMap((reason) => wrap(reason, width)),
    '',
    ...conversation(messages).flatMap((line) => wrap(line, width)),
    '',
    ...sideBySide(answers, width),
    '',
  ];
  lines.forEach(say);
}

/** The last message whole, what came before it in short. */
function conversation(messages: string): string[] {
  const all = JSON.parse(messages) as { role?: string; content?: unknown }[];
  return all.flatMap(({ role = '?', content }, index) => {
    const text = harmless(contentText(content) ?? JSON.stringify(content ?? ''));
    if (index === all.length - 1) return text;
    return `${harmless(role)}: ${text.length > SHOWN ? `${text.slice(0, SHOWN).trimEnd()} …` : text}`;
  });
}

async function askAll(
  answers: readonly Shown[],
  keys: Session['keys'],
  say: Session['say'],
): Promise<number[] | 'skip' | 'quit'> {
  const verdicts: number[] = [];
  for (const { head } of answers) {
    say(`${head}?   ${HELP}`);
    const said = await ask(keys, say);
    if (typeof said === 'string') return said;
    verdicts.push(said);
  }
  return verdicts;
}

/** A key, or its word. */
async function ask(keys: Session['keys'], say: Session['say']): Promise<number | 'skip' | 'quit'> {
  for (;;) {
    const typed = await keys.next();
    switch (typed?.trim().toLowerCase()) {
      case undefined:
      case 'q':
      case 'quit':
        return 'quit';
      case 's':
      case 'skip':
        return 'skip';
      case 'g':
      case 'good':
        return 1;
      case 'b':
      case 'bad':
        return 0;
      default:
        say(HELP);
    }
  }
}
