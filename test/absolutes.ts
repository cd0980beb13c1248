/**
 * Words like *never*, *always* and *at once* in the documents: each sentence that has one is held by a test. A sentence is known by a part
 * of it, the test by its title. Where the word claims nothing, the reason stands in its place, in parentheses.
 */
export const ABSOLUTES: readonly (readonly [part: string, heldBy: string])[] = [
  [
    'The small call is always paid',
    'asking in order pays for every answer on the way, and the last one is always served',
  ],
  ['Alarms never delay a request', 'nobody has to be told: alarms are there without receivers'],
  ['up to ten at once, then ten a minute', 'a burst goes out at once, and what follows has to wait'],
  [
    'Any other answer, a redirect too, ends it at once',
    'a receiver that refuses a message, or points elsewhere, is not asked again',
  ],
  [
    'A change of `weir.yaml` is applied at once',
    'a receiver that is replaced is told what waits, and the new one what is wrong already',
  ],
  ['As for `upstream_down`, at once', '(it tells the reader what to do)'],
  [
    'A policy never changes, and is known',
    'the hash of a policy stays what it is in stores and versions that exist',
  ],
  [
    'looks for what can never be accepted',
    'an answer that fails a check is never accepted, however good it looks',
  ],
  ['it never delays an answer', 'a queue that is full drops and counts; no request is the worse for it'],
  [
    'passes it on at once if the answer is live',
    'a late live stream says of itself what it is: escalated, not a fallback',
  ],
  [
    'takes the rows at once and writes them in batches',
    'the decision can be read and judged as soon as the answer is out',
  ],
  ['says what is audited, what never is', '(it says where something is explained)'],
  ['the last tier was asked at once', '(it says what a word means)'],
  ['never `internal_error`, nothing uncaught', '(the fuzz targets look for it)'],
  ['its address is never used', '(nothing listens at that address)'],
  ['missing, never 0', 'what was absent is absent again, neither null nor 0'],
  [
    'looks for answers that are never acceptable',
    'an answer that fails a check is never accepted, however good it looks',
  ],
  [
    'An answer that fails a check is never accepted',
    'an answer that fails a check is never accepted, however good it looks',
  ],
  [
    'lacks a signal which every fitted question had is never accepted',
    'an answer that lacks a required signal cannot be accepted: only the last tier has a known cost',
  ],
  ['never used by learning from audits', '(it says what a value of a setting means)'],
  [
    'It never changes, and is known by the hash of its content',
    'whatever changes in a version changes its hash',
  ],
  [
    'reports every problem at once',
    'every problem is told at once, in the order of the file, each with its line and column',
  ],
  ['In a checkout, this works at once', '(it tells the reader what to do)'],
  [
    'scored at once',
    'references are imported, bad lines are said with their numbers, and scores show in what is known',
  ],
  [
    'reports every problem of the file at once',
    'every problem is told at once, in the order of the file, each with its line and column',
  ],
  [
    'are refused by name, never ignored',
    'what the design has and the program has not yet is refused, never ignored',
  ],
  ['The result is always text', 'values are not looked through again'],
  ['never show credentials', 'no way of printing shows a secret'],
  ['Never shown', 'no way of printing shows a secret'],
  [
    'The client’s own key is never passed on',
    "the client's key is never sent on, and one tenant does not see another's decisions",
  ],
  ['is never shown, or `none`', 'a proxy is a URL or none, and is never shown'],
  ['or never (`none`)', '(it says what a value of a setting means)'],
  ['`thresholds` and `heuristic` act at once', 'there is one threshold for each tier but the last'],
  ['so that many at once do not pass the limit', 'many requests at once do not pass the limit together'],
  [
    "A burst beyond a tier's queue goes on at once",
    'a burst of 200 at once is answered, what the small tier has no room for by the next one',
  ],
  ['explains what it does, and what is never audited', '(it says where something is explained)'],
  [
    'Live traffic never waits behind more of them',
    'one audit never takes more than one place at an upstream, though it asks for several paid signals',
  ],
  [
    'To stop every audit at once',
    'a changed configuration drops what waits; one that audits nothing stops what runs',
  ],
  ['`NULL`, never 0', 'what was absent is absent again, neither null nor 0'],
  ['content that never changes', 'whatever changes in a version changes its hash'],
  ['Rows are added and never changed', 'every step is kept, with who took it and when'],
  ['Never copy with `cp`', '(it tells the reader what to do)'],
  [
    'Two processes may start at once',
    'processes that open a new store at once all succeed, and migrate it once',
  ],
  [
    'is refused with a message, and never changed or made anew',
    'a damaged database is refused, and left as it is',
  ],
  [
    '`locate` never returns a password',
    'PostgreSQL is refused as not supported yet, and the URL’s password is not repeated',
  ],
  [
    'names and meanings of the members never change',
    'the hash of one version is always this: what is in force must be found again by a later Weir',
  ],
  ['at once or in a promise (a program)', '(it says what a word means)'],
  [
    'A group that was never seen',
    'in a group that was never seen the shared costs count, and what was bought nowhere else is not offered',
  ],
  ['one policy, as always', '(it says what a word means)'],
  ['it always sees the small model', '(it says what a word means)'],
  [
    'is fitted on, and never certifies',
    'a row that was fitted on never tests, even if a clock that went back says that it came later',
  ],
  [
    'may serve at once, without a test',
    'at new prices the cheapest certified policy serves, and any of them may again later',
  ],
  [
    'Weir never overrules',
    'an operator who acts during a step is not overruled, and nothing of the step is written',
  ],
  [
    "A client's key is never sent to an upstream",
    "the client's key is never sent on, and one tenant does not see another's decisions",
  ],
  ['They tighten the policy, and never loosen it', 'headers tighten the policy'],
  ['What is not known is absent, never 0', 'what was absent is absent again, neither null nor 0'],
  [
    "do not fit the tool's schema is never accepted",
    'an answer that fails a check is never accepted, however good it looks',
  ],
  [
    'does not fit the schema, or is no JSON, is never accepted',
    'an answer that fails a check is never accepted, however good it looks',
  ],
  [
    'That is never an error, and no `fallback`',
    'where ${what}, the decision is made without: no error, no fallback, no allowance taken',
  ],
  ['and always in the decision', 'what was weighed stands in the body where it is asked for'],
  ['what came is never accepted', 'a whole answer that is marked as failed is never accepted'],
  [
    'Never where the client asked for it itself',
    'a server that has refused to say its usage in streams is not asked for it; what the client wrote stays',
  ],
  [
    'sends the request on at once',
    'a Retry-After of some seconds is not waited for where a later tier can be asked',
  ],
  [
    'sends its requests on to the next one, at once',
    'a burst of 200 at once is answered, what the small tier has no room for by the next one',
  ],
  [
    'are fitted on, and never certify',
    'a row that was fitted on never tests, even if a clock that went back says that it came later',
  ],
  [
    'It counts its own spending at once, written or not',
    'an audit whose row was dropped was spent all the same, until midnight',
  ],
  [
    'never fitted on, never certifies',
    'a thumb down asks no model and draws no audit: what it costs would be for everyone to spend',
  ],
  [
    'a loss may seem greater than it is, never smaller',
    'more losses never turn a test that fails into one that passes, so a missing verdict may count as a loss',
  ],
  ['that never counts as agreement', '(its sentence has the case)'],
  [
    'and never more than 5 %',
    'half of the promised loss may be without a verdict, and never more than a twentieth',
  ],
  [
    'The cheapest certified policy serves at once, without a test',
    'at new prices the cheapest certified policy serves, and any of them may again later',
  ],
  [
    'What the other models answered counts a fifth, and never certifies',
    'a row that was fitted on never tests, even if a clock that went back says that it came later',
  ],
  [
    'What the other sources said counts a fifth, and never certifies',
    'a row that was fitted on never tests, even if a clock that went back says that it came later',
  ],
  [
    'What no data speaks of is absent, never 0',
    'a new route waits for its first labels, and shows no figure that it does not have',
  ],
  [
    'calls then fail at once with `upstream_unavailable`',
    'while the circuit is open, calls fail at once though every slot is taken',
  ],
  [
    "the next tier's answer at once",
    'a burst of 200 at once is answered, what the small tier has no room for by the next one',
  ],
  [
    '`last_tier_failed`](alarms.md#last_tier_failed) at once',
    'where the last tier fails the best answer is served and marked, or the error where the route says so',
  ],
  [
    '`last_tier_failed` at once',
    'where the last tier fails the best answer is served and marked, or the error where the route says so',
  ],
  [
    "A client that disconnects ends the model's call at once",
    'a client that goes ends the call at once, whether it waits for a stream or for a whole answer',
  ],
  ['- Never logged', 'neither the record nor the log quotes what a tier says that it was sent'],
  [
    'more losses never turn *failed* into *passed*',
    'more losses never turn a test that fails into one that passes, so a missing verdict may count as a loss',
  ],
  [
    'The words of the question never change',
    'paid signals are asked for in the words of live traffic, and can be added to answers that are there',
  ],
  [
    'a [rollout](observe.md#what-ends-a-rollout) of the route at once',
    'an alarm ends a rollout that is under way, in the same step, and says so',
  ],
  [
    '*Not known* is a figure of its own, and never counts as the same',
    'what is not known is told apart, also where a judge called it good; a verdict of another judge does not count',
  ],
  ['talk garbage, never answer, or are not there', '(it says what a test does)'],
  [
    'a gateway never becomes open again by itself',
    'keys are required from the first one on, also when all are revoked',
  ],
  ['so it is never an accepted one', 'an answer that fails a check is never accepted'],
  [
    'Of what is passed through (embeddings, sounds, …) never',
    'it is recorded with tokens and cost, and without a baseline',
  ],
  ['because one answer is weighed at a time', 'several answers at once come from the last tier'],
  [
    '`conversation` and `background: true` are always one',
    'what would need a kept response is refused, and says how to do without',
  ],
  [
    'nothing is learned from it, and its texts are never stored',
    'it is recorded with tokens and cost, and without a baseline',
  ],
];
