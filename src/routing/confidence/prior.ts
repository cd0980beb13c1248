import document from './prior-model.json' with { type: 'json' };
import { confidenceModelSchema, type ConfidenceModel } from './confidence.ts';

/** The confidence model that needs no labels of your own: fitted by `node demo/fit-prior.ts` on the demonstration's recordings. */
export const priorModel: ConfidenceModel = confidenceModelSchema.parse(document);
