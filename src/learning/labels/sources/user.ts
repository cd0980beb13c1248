import type { LabelSourceDefinition } from './label-source.ts';

/** What users say. Anyone with a key may judge any answer, so this only draws operators' attention to a question. */
export const userSource: LabelSourceDefinition = {
  name: 'user',
  says: "users' thumbs",
  scoresAgainst: 'truth',
  isFittedOn: false,
  certifies: false,
  sentWith: 'any-key',
};
