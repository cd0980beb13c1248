import { defined } from '../../defined.ts';
import { WeirError } from '../../errors.ts';
import type { KeptConversation, WantedAnswers } from '../../protocol/protocol.ts';
import type { KeptStore } from '../../store/contract/kept-rows.ts';
import type { Log } from '../../telemetry/names.ts';

/** Answers that clients asked to have kept: for a while, of their own tenant alone, and no more than so many bytes. */
export interface KeptAnswers {
  /** What a request goes on from; what is not kept is not in it. @throws {WeirError} `invalid_request` or `store_unavailable` */
  find(tenant: string, wanted: WantedAnswers): Promise<KeptConversation>;
  /** Never throws: the client has its answer, and its next request is told. */
  keep(answer: AnswerToKeep): Promise<void>;
  /** The answer as its client got it. @throws {WeirError} `unknown_id` */
  read(tenant: string, id: string): Promise<string>;
  /** @throws {WeirError} `unknown_id` */
  forget(tenant: string, id: string): Promise<void>;
}

export interface AnswerToKeep {
  id: string;
  tenant: string;
  dataClass: string | undefined;
  /** JSON texts. */
  conversation: string;
  answer: string;
  items: ReadonlyMap<string, string>;
}

const KEPT_FOR_MS = 3_600_000;
/** Of one tenant. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Of one answer with its conversation. */
const MOST_BYTES_EACH = 8 * 1024 * 1024;

export function createKeptAnswers({
  store,
  now,
  log,
}: {
  store: KeptStore;
  now: () => number;
  log: Log;
}): KeptAnswers {
  return {
    async find(tenant, { answer, items }) {
      const nowMs = now();
      const id = answer === undefined ? undefined : idOf(answer);
      const kept = id === undefined ? undefined : await store.keptAnswer(id, tenant, nowMs);
      const found = await store.keptItems(items, tenant, nowMs);
      const classes = [kept, ...found.values()].map((each) => each?.dataClass);
      const [dataClass, other] = [...new Set(classes.filter((each) => each !== undefined))];
      if (other !== undefined) throw twoClasses(dataClass ?? '', other);
      return defined({
        conversation: kept?.conversation,
        dataClass,
        items: new Map([...found].map(([item, { item: text }]) => [item, text])),
      });
    },
    async keep({ id, tenant, dataClass, conversation, answer, items }) {
      const bytes = [conversation, answer, ...items.values()].reduce(
        (sum, text) => sum + Buffer.byteLength(text),
        0,
      );
      const createdAtMs = now();
      try {
        if (bytes > MOST_BYTES_EACH) throw new RangeError(`it has ${bytes} bytes, of ${MOST_BYTES_EACH}`);
        await store.keepAnswer(
          {
            ...defined({ dataClass }),
            id,
            tenant,
            conversation,
            answer,
            bytes,
            createdAtMs,
            expiresAtMs: createdAtMs + KEPT_FOR_MS,
          },
          [...items].map(([item, text]) => ({ tenant, id: item, answerId: id, item: text })),
          MOST_BYTES,
        );
      } catch (error) {
        log.warn({ error: String(error) }, 'an answer that was to be kept is not');
      }
    },
    async read(tenant, given) {
      const id = idOf(given);
      const kept = id === undefined ? undefined : await store.keptAnswer(id, tenant, now());
      if (kept === undefined) throw notKept();
      return kept.answer;
    },
    async forget(tenant, given) {
      const id = idOf(given);
      if (id === undefined || !(await store.forgetAnswer(id, tenant))) throw notKept();
    },
  };
}

/** A request has one data class. */
export function twoClasses(one: string, other: string): WeirError {
  return new WeirError(
    'invalid_request',
    `What this request goes on from is of the data classes '${one}' and '${other}', and a request has one. Send \`store: false\`, and the whole input.`,
  );
}

/** No answer of this tenant has the id, or it is not kept any more. */
export function notKept(): WeirError {
  return new WeirError(
    'unknown_id',
    'No response of yours with this id is kept. Responses are kept for an hour, where the request says `store: true` and `retention.texts` is on.',
    { param: 'id' },
  );
}

function idOf(given: string): string | undefined {
  return /^(?:[a-z]+[-_])?([0-9a-f-]{36})$/.exec(given)?.[1];
}
