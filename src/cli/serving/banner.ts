import type { Start } from './start.ts';
import { exampleQuestions } from './example-questions.ts';
import { COMMAND_HINT } from '../common/output.ts';

/** What a gateway says of itself when it has started. */
export function banner(
  { config, source, sentences, recordings }: Start,
  { host, port, keysRequired }: { host: string; port: number; keysRequired: boolean },
): string[] {
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return [
    ...sentences,
    '',
    `Weir listens on ${base}. Point an OpenAI client at ${base}/v1.`,
    ...Object.entries(config.routes).map(
      ([name, { tiers, serves, objective }]) =>
        `  route ${name}: ${tiers.join(' → ')}${serves.length === 0 ? '' : `, serves ${serves.map((pattern) => `'${pattern}'`).join(', ')}`}${decider(objective?.kind, tiers.at(-1) ?? '')}`,
    ),
    `  decisions are recorded in ${config.store.path}${config.retention.texts ? ', with the texts of prompts and answers' : ', without texts'}`,
    ...(keysRequired ? [`  every request needs an API key of \`weir keys create\`${COMMAND_HINT}`] : []),
    ...(source === 'demonstration'
      ? demonstration(curlOf(base, keysRequired), recordings, config.routes['auto']?.tiers.length ?? 0)
      : []),
  ];
}

type Objective = NonNullable<Start['config']['routes'][string]['objective']>;

/** What acts without any evidence is called so wherever it shows; what waits for a version, so too. */
function decider(kind: Objective['kind'] | undefined, lastTier: string): string {
  switch (kind) {
    case undefined:
      return '';
    case 'thresholds':
      return ', by thresholds, not certified';
    case 'heuristic':
      return ', by a fixed rule, not certified';
    default:
      return `, by the version in force; without one ${lastTier} answers everything`;
  }
}

function demonstration(
  curl: (question: string) => string,
  recordings: Start['recordings'],
  tiers: number,
): string[] {
  return [
    '',
    '*** This is the DEMONSTRATION: no model runs. ***',
    `It has recorded answers of ${tiers} real models, and knows no questions but theirs. Every answer is marked`,
    '`x-weir-recorded: yes`. Its thresholds were chosen on these recordings, not certified. Two questions to try:',
    ...(recordings === undefined ? [] : exampleQuestions(recordings)).flatMap(({ what, question }) => [
      '',
      `# ${what}`,
      curl(question),
    ]),
    '',
    'With models of your own: start Ollama, LM Studio, vLLM or llama.cpp here and run this again, or write weir.yaml.',
  ];
}

/** A line for the shell that asks a question; a key is taken from the environment, where one is needed. */
function curlOf(base: string, keysRequired: boolean): (question: string) => string {
  const key = keysRequired ? ' -H "authorization: Bearer $WEIR_API_KEY"' : '';
  return (question) => {
    const body = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: question }] });
    return `curl -si ${base}/v1/chat/completions -H 'content-type: application/json'${key} -H 'x-weir-explain: 1' -d '${body.replaceAll("'", `'\\''`)}'`;
  };
}
