import type { LabelSourceDefinition } from './label-source.ts';

/** What users say. Anyone with a key may say anything of any answer, so it only calls operators' attention to a question. */
export const userSource: LabelSourceDefinition = {
  name: 'user',
  says: "users' thumbs",
  scoresAgainst: 'truth',
  isFittedOn: false,
  certifies: false,
  sentWith: 'any-key',
};
