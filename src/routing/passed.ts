/** The decision of a request that is no chat: it was passed through to one model, and nothing was decided. */
export const PASSED = 'passed';
