import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { startGateway, type GatewayProcess } from '../e2e/gateway-process.ts';
import { chatModel, completedText, messagesModel, responsesModel, unsureModel } from './scripted-models.ts';

/**
 * `near` is served by the small tier, `claude` and `gpt` by the last: Anthropic's Messages and OpenAI's Responses. Each serves a name of
 * Anthropic's too, as some clients take no others.
 */
export const ROUTES = ['near', 'claude', 'gpt'] as const;

export interface Ladder {
  gateway: GatewayProcess;
  /** By route: the server that serves it. */
  servers: Readonly<Record<(typeof ROUTES)[number], ScriptedServer>>;
  close(): Promise<void>;
}

/** The gateway as a process of its own, before a small tier that speaks chats and last tiers of two other APIs. */
export async function openLadder(): Promise<Ladder> {
  const sure = await createScriptedServer({
    chat: chatModel,
    posts: { '/v1/completions': completedText },
  });
  const unsure = await createScriptedServer({ chat: unsureModel });
  const claude = await createScriptedServer({
    chat: messagesModel,
    routes: { '/v1/messages/count_tokens': { input_tokens: 42 } },
  });
  const gpt = await createScriptedServer({ chat: chatModel, posts: { '/v1/responses': responsesModel } });
  const servers = [sure, unsure, claude, gpt];
  const gateway = await startGateway(`upstreams:
  sure: { baseUrl: '${sure.baseUrl}', location: on-premises, retries: 0 }
  unsure: { baseUrl: '${unsure.baseUrl}', location: on-premises, retries: 0 }
  anthropic: { baseUrl: '${claude.baseUrl}', location: cloud, dialect: anthropic, retries: 0 }
  openai: { baseUrl: '${gpt.baseUrl}', location: cloud, dialect: openai-responses, retries: 0 }
models:
  sure: { upstream: sure, model: tiny, price: { input: 0.1, output: 0.1 } }
  unsure: { upstream: unsure, model: tiny, price: { input: 0.1, output: 0.1 } }
  big: { upstream: anthropic, model: claude-scripted, price: { input: 1, output: 1 } }
  other: { upstream: openai, model: gpt-scripted, price: { input: 1, output: 1 } }
routes:
  auto: { tiers: [sure, big], objective: { thresholds: [0.6] } }
  near: { serves: [claude-haiku-4-5], tiers: [sure, big], objective: { thresholds: [0.6] } }
  claude: { serves: [claude-sonnet-4-5], tiers: [unsure, big], objective: { thresholds: [0.9] }, onLastTierFailure: error }
  gpt: { serves: [claude-opus-4-5], tiers: [unsure, other], objective: { thresholds: [0.9] }, onLastTierFailure: error }
`);
  return {
    gateway,
    servers: { near: sure, claude, gpt },
    async close() {
      await gateway.stop();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
