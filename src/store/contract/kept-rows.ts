/** An answer that its client asked to have kept for a while. */
export interface KeptAnswerRow {
  /** The request's id, without any prefix. */
  id: string;
  tenant: string;
  /** The data class of its request: what goes on from it has it too. */
  dataClass?: string;
  /** JSON: the whole conversation up to this answer, as its protocol has it. */
  conversation: string;
  /** JSON: the answer as its client got it. */
  answer: string;
  /** What it takes, its items included. */
  bytes: number;
  createdAtMs: number;
  expiresAtMs: number;
}

/** An item of a kept answer, by the id that clients name it by. */
export interface KeptItemRow {
  tenant: string;
  id: string;
  answerId: string;
  /** JSON. */
  item: string;
}

/** An item, and the data class of the answer that it belongs to. */
export interface KeptItem {
  /** JSON. */
  item: string;
  dataClass?: string;
}

/** Answers that are kept for a while. Every method throws {@link WeirError}: `store_unavailable` where the store as a whole fails. */
export interface KeptStore {
  /** Adds an answer with its items; drops those that have expired, and the oldest of its tenant where they take more than `mostBytes`. */
  keepAnswer(row: KeptAnswerRow, items: readonly KeptItemRow[], mostBytes: number): Promise<void>;
  /** One that has not expired. */
  keptAnswer(id: string, tenant: string, nowMs: number): Promise<KeptAnswerRow | undefined>;
  /** Those of the items that belong to answers which have not expired, by their ids. */
  keptItems(ids: readonly string[], tenant: string, nowMs: number): Promise<ReadonlyMap<string, KeptItem>>;
  /** @returns false where there is none. */
  forgetAnswer(id: string, tenant: string): Promise<boolean>;
  dropExpiredAnswers(nowMs: number): Promise<void>;
}
