import { fitToolId } from '../../protocol/common/anthropic-format.ts';
import type { ChatRequest } from '../../protocol/common/chat.ts';
import { hashContent } from '../../routing/hash-content.ts';

/** How many calls are remembered: more than are ever under way at once, since a tool loop answers within minutes. */
const CAPACITY = 20_000;

/** Of one answer, the first: a server that makes calls by the thousand must not have those of others forgotten. */
const MOST_OF_ONE_ANSWER = 128;
/** Longer ids, which some servers make, are remembered by their hash. */
const LONGEST_ID = 128;

/**
 * Remembers which tier issued a tool call, so that the conversation stays there, or moves up. In memory: after a
 * restart a loop under way starts at the first tier again.
 */
export interface ToolLoops {
  remember(tenant: string, route: string, callIds: readonly string[], tier: string): void;
  /** The tiers that issued the calls of this conversation. */
  tiersOf(tenant: string, route: string, messages: ChatRequest['messages']): string[];
}

export function createToolLoops(capacity = CAPACITY): ToolLoops {
  const tiers = new Map<string, string>();
  // Clients of Anthropic's API get ids made fit for it, and send those back.
  const keyOf = (tenant: string, route: string, callId: string): string =>
    JSON.stringify([tenant, route, shortened(fitToolId(callId))]);
  return {
    remember(tenant, route, callIds, tier) {
      for (const callId of callIds.slice(0, MOST_OF_ONE_ANSWER)) {
        const key = keyOf(tenant, route, callId);
        tiers.delete(key);
        tiers.set(key, tier);
      }
      // A Map keeps the order of insertion: the first is the one that was not touched for longest.
      for (const key of tiers.keys()) {
        if (tiers.size <= capacity) break;
        tiers.delete(key);
      }
    },
    tiersOf(tenant, route, messages) {
      const found = new Set<string>();
      for (const message of messages) {
        if (message.role !== 'assistant' || !Array.isArray(message['tool_calls'])) continue;
        for (const call of message['tool_calls'] as readonly unknown[]) {
          const id = typeof call === 'object' && call !== null && 'id' in call ? call.id : undefined;
          const tier = typeof id === 'string' ? tiers.get(keyOf(tenant, route, id)) : undefined;
          if (tier !== undefined) found.add(tier);
        }
      }
      return [...found];
    },
  };
}

function shortened(id: string): string {
  return id.length > LONGEST_ID ? hashContent(id) : id;
}
