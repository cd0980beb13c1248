import { configuredShare } from '../../config/configured-share.ts';
import { shareWords } from '../../routing/rollout.ts';
import { ruleOf } from '../../routing/rules/rules.ts';
import type { Start } from './start.ts';
import { exampleQuestions } from './example-questions.ts';
import { recordedWhere } from './look-at-store.ts';
import { commandLine } from '../../format/command-line.ts';

/** Where a gateway answers, as a URL. */
export function addressOf({ host, port }: { host: string; port: number }): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The lines that a gateway prints once it has started. */
export function banner(
  { config, source, file, sentences, recordings }: Start,
  { host, port, keysRequired }: { host: string; port: number; keysRequired: boolean },
): string[] {
  const base = addressOf({ host, port });
  return [
    ...sentences,
    '',
    `Weir listens on ${base}. Point an OpenAI client at ${base}/v1.`,
    ...Object.entries(config.routes).map(
      ([name, { tiers, serves, objective, ...route }]) =>
        `  route ${name}: ${tiers.join(' → ')}${serves.length === 0 ? '' : `, serves ${serves.map((pattern) => `'${pattern}'`).join(', ')}`}${objective === undefined ? '' : `, ${ruleOf(objective).summarize(tiers.at(-1) ?? '')}`}${configuredShare(route) === 1 ? '' : `; ${shareWords(configuredShare(route))}`}`,
    ),
    `  decisions are recorded ${recordedWhere(config.store)}, ${config.retention.texts ? 'with' : 'without'} the texts of prompts and answers`,
    ...(keysRequired
      ? [`  every request needs an API key; make one with ${commandLine('keys create', file)}`]
      : []),
    ...(source === 'demonstration'
      ? demonstration(curlOf(base, keysRequired), recordings, config.routes['auto']?.tiers.length ?? 0)
      : []),
  ];
}

function demonstration(
  curl: (question: string) => string,
  recordings: Start['recordings'],
  tiers: number,
): string[] {
  return [
    '',
    '*** This is the DEMONSTRATION: no model runs. ***',
    `It replays recorded answers of ${tiers} real models and can answer only their recorded questions. Every answer is marked`,
    '`x-weir-recorded: yes`. Its thresholds were chosen on these recordings and are not certified. Two questions to try:',
    ...(recordings === undefined ? [] : exampleQuestions(recordings)).flatMap(({ what, question }) => [
      '',
      `# ${what}`,
      curl(question),
    ]),
    '',
    `To use your own models, start Ollama, LM Studio, vLLM or llama.cpp on this machine and run this again, or write weir.yaml: ${commandLine('init')} makes a start.`,
  ];
}

/** A shell command that asks a question. If a key is needed, it comes from the environment. */
function curlOf(base: string, keysRequired: boolean): (question: string) => string {
  const key = keysRequired ? ' -H "authorization: Bearer $WEIR_API_KEY"' : '';
  return (question) => {
    const body = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: question }] });
    return `curl -si ${base}/v1/chat/completions -H 'content-type: application/json'${key} -H 'x-weir-explain: 1' -d '${body.replaceAll("'", `'\\''`)}'`;
  };
}
