import { confidenceModelSchema, type ConfidenceModel } from '../../routing/confidence/confidence.ts';

/** A confidence model from its JSON text. @throws {Error} where it is not JSON, or no such document. */
export function parseModel(text: string): ConfidenceModel {
  const parsed = confidenceModelSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'unknown'}`);
}
