import type { OperatorDesk } from '../../learning/operators/operator-desk.ts';
import { contentText } from '../../traces/question-text.ts';
import { isoDay } from '../../format/time.ts';
import { harmless, sideBySide, wrapText } from '../common/columns.ts';
import type { Keys } from '../common/read-keys.ts';

type Item = Awaited<ReturnType<OperatorDesk['queue']>>[number];

export interface ReviewSession {
  items: readonly Item[];
  keys: Pick<Keys, 'next'>;
  judge: OperatorDesk['giveVerdict'];
  /** Shows the reviewer a line. */
  say: (line: string) => void;
  /** Characters per line. */
  width: number;
}

/** What a session came to. */
export interface ReviewCounts {
  questions: number;
  verdicts: number;
  skipped: number;
}

const HELP = 'g: good   b: bad   s: skip this question   q: quit (this question is not kept)';
/** Earlier messages of the conversation are cut to this many characters. */
const MAX_EARLIER = 300;

/** Asks about one question after the other. Verdicts are stored as soon as every answer to a question has one. */
export async function review({ items, keys, judge, say, width }: ReviewSession): Promise<ReviewCounts> {
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
    for (const [number, { tiers }] of answers.entries()) {
      for (const tier of tiers) {
        await judge(item.outcomeId, tier, verdicts[number] ?? Number.NaN);
        reviewed.verdicts += 1;
      }
    }
    reviewed.questions += 1;
    say(`Kept. ${answers.map(({ head, tiers }) => `${head} came from ${tiers.join(' and ')}`).join(', ')}.`);
  }
  return reviewed;
}

interface ShownAnswer {
  head: string;
  text: string;
  tiers: string[];
}

/** Whether an answer is right does not depend on who gave it, so equal texts are asked about once. */
function distinct({ answers }: Item): ShownAnswer[] {
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
  answers: readonly ShownAnswer[],
  { title, say, width }: { title: string } & Pick<ReviewSession, 'say' | 'width'>,
): void {
  const lines = [
    '─'.repeat(width),
    `${title} · route ${route} · ${isoDay(createdAtMs)}`,
    ...reasons.flatMap((reason) => wrapText(reason, width)),
    '',
    ...conversation(messages).flatMap((line) => wrapText(line, width)),
    '',
    ...sideBySide(answers, width),
    '',
  ];
  lines.forEach(say);
}

/** The last message in full, the earlier ones cut short. */
function conversation(messages: string): string[] {
  const all = JSON.parse(messages) as { role?: string; content?: unknown }[];
  return all.flatMap(({ role = '?', content }, index) => {
    const text = harmless(contentText(content) ?? JSON.stringify(content ?? ''));
    if (index === all.length - 1) return text;
    return `${harmless(role)}: ${text.length > MAX_EARLIER ? `${text.slice(0, MAX_EARLIER).trimEnd()} …` : text}`;
  });
}

async function askAll(
  answers: readonly ShownAnswer[],
  keys: ReviewSession['keys'],
  say: ReviewSession['say'],
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

/** Reads a key, or its word. */
async function ask(
  keys: ReviewSession['keys'],
  say: ReviewSession['say'],
): Promise<number | 'skip' | 'quit'> {
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
