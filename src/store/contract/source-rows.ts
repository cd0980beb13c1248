/** Whose answers those of a tier were, and how they were got, as long as its configuration and its server stayed the same. */
export interface SourceRow {
  /** Of the content. */
  hash: string;
  /** JSON: the part of a trace's `source` that is the same for all of these answers. */
  content: string;
  createdAtMs: number;
}

/** What a server told of a model when it was last read. */
export interface ServedModelRow {
  upstream: string;
  /** As requests name it there. */
  model: string;
  /** Which server it was: another one under the same name was not read. */
  server: string;
  /** JSON: `template`, `quantization` and `weights`, as far as it told them. */
  details: string;
  readAtMs: number;
}

/** What certificates need to know of the models. Every method throws {@link WeirError}: `store_unavailable`. */
export interface SourceStore {
  /** Adds those that are not there yet. */
  saveSources(rows: readonly SourceRow[]): Promise<void>;
  sources(): Promise<SourceRow[]>;
  /** One row for each model of an upstream: the latest. */
  saveServedModels(rows: readonly ServedModelRow[]): Promise<void>;
  servedModels(): Promise<ServedModelRow[]>;
}
