import { anthropicMessages } from './anthropic-messages/anthropic-messages.ts';
import { openAiChat } from './openai-chat/openai-chat.ts';
import { openAiResponses } from './openai-responses/openai-responses.ts';
import type { Protocol } from './protocol.ts';

/** Every protocol that clients can speak. */
export const PROTOCOLS: readonly Protocol[] = [openAiChat, anthropicMessages, openAiResponses];
