import { asCalled, commandLine } from '../../format/command-line.ts';

/** The longest answer of a small tier: at the speed of small machines some half a minute. */
export const SMALL_ANSWER_TOKENS = 1024;

/**
 * A configuration to fill in, for a machine without models. As it stands it is not usable, and `weir check` says what is missing, step by
 * step; without the number signs before its keys it is.
 * @param file its name, for the commands in it.
 */
export function configTemplate(file: string): string {
  return asCalled(`# Weir's configuration, to be filled in: no model was found on this machine. docs/configuration.md explains every key.
# Take three steps, each by removing the "# " before its lines and writing your own values. After each, run:
#   ${bare(commandLine('check', file))}
# \${NAME} is replaced by the environment variable NAME.

# Step 1: the servers of your models. \`location\` says whether data sent there stays on your premises.
upstreams:
  # local: { baseUrl: http://127.0.0.1:11434/v1, location: on-premises }
  # provider: { baseUrl: https://api.openai.com/v1, apiKey: "\${OPENAI_API_KEY}", location: cloud }

# Step 2: their models, under names of your choice. \`model\` is the server's name for it; \`weir doctor\` then asks each what it can.
# \`price\` is in US dollars per million tokens: without one, costs and savings are not known. Large cloud providers' are.
# \`maxOutputTokens\` keeps a small model that rambles from holding a request: the answer is cut, and the next tier is asked.
models:
  # small: { upstream: local, model: qwen3:4b, maxOutputTokens: ${SMALL_ANSWER_TOKENS}, price: { input: 0.04, output: 0.04 } }
  # large: { upstream: provider, model: gpt-4.1 }

# Step 3: a ladder of them, cheapest first. Clients ask for \`auto\`, or for a name that it \`serves\`; "*" is any name.
# An answer is served if its confidence reaches the threshold; otherwise the next tier is asked. That is not certified.
routes:
  # auto: { serves: ["*"], tiers: [small, large], objective: { thresholds: [0.8] } }
`);
}

/** A command by itself, without the marks around it in a sentence. */
const bare = (command: string): string => command.replaceAll('`', '');
