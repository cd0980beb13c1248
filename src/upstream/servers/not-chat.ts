/**
 * Why a model does not chat, told from its name: where a server does not say what a model is for, its name is all there
 * is. Undefined for models that seem to chat.
 */
export function notChatByName(id: string): string | undefined {
  return KINDS.find(([pattern]) => pattern.test(id))?.[1];
}

export const EMBEDS = 'embeds texts; it does not chat';

/** A word of a name ends at `-`, `_`, `/`, `:`, `.` or the name's end. */
const word = (words: string) => new RegExp(`(^|[-_/:.])(${words})([-_/:.]|$)`, 'i');

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/rerank/i, 'ranks passages; it does not chat'],
  [/embed/i, EMBEDS],
  [word('bge|gte|e5|minilm|arctic-embed\\d*|nomic-bert'), EMBEDS],
  [/whisper|transcribe|parakeet/i, 'writes speech down; it does not chat'],
  [word('tts|kokoro|piper|bark|outetts'), 'speaks; it does not chat'],
  [word('sdxl|flux|dall-e-\\d|gpt-image-\\d'), 'draws; it does not chat'],
  [/stable-?diffusion/i, 'draws; it does not chat'],
  [/moderation|(^|[-_/:.])(llama-?guard|shieldgemma)/i, 'judges what is allowed; it does not chat'],
];
