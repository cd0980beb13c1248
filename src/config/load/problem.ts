import { shortened } from '../../format/shortened.ts';
import type { Path, SourceDocument } from './document.ts';

/** Something wrong at a path of the file. */
export interface Issue {
  path: Path;
  message: string;
  /** Point at the key rather than at its value. */
  at?: 'key' | 'value';
}

/** Something wrong with the configuration, where it is, and what to do. */
export interface Problem {
  file: string;
  /** 1-based; absent if the problem concerns the whole file. */
  line?: number;
  column?: number;
  /** `routes.auto.tiers.1`; empty for the whole file. */
  path: string;
  message: string;
}

/** `weir.yaml:12:7 routes.auto.tiers.1: there is no model named 'larg'; did you mean 'large'?` */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === '' ? `${place}: ${message}` : `${place} ${path}: ${message}`;
}

/** Names that the file makes up may be as long as the file. */
const MOST_CHARACTERS = 1_000;

/** Gives issues their positions in the file, in the file's order. */
export function placeIssues(issues: readonly Issue[], source: SourceDocument, file: string): Problem[] {
  return issues
    .map(({ path, message, at }) => {
      const { line, column } = source.position(path, at);
      return {
        file,
        line,
        column,
        path: shortened(path.map(String).join('.'), MOST_CHARACTERS),
        message: shortened(message, MOST_CHARACTERS),
      };
    })
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}
