import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { READY, type SchemaAnswer, type SchemaQuestion } from './messages.ts';

export interface JudgingChildOptions {
  heapMegabytes: number;
  /** A question that is not answered by then ends the process. */
  deadlineMs: number;
  /** The process is ready, or has answered. */
  onFree: () => void;
  /** The process has ended, and with it all that it knew; another can be started. */
  onEnded: () => void;
}

export interface JudgingChild {
  /** Starts the process where there is none. False where it failed to start just now. */
  start(): boolean;
  readonly isFree: boolean;
  /** Call only while `isFree`; `onAnswer` is called exactly once. */
  ask(question: SchemaQuestion, onAnswer: (answer: SchemaAnswer) => void): void;
  close(): void;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** Processes started so far. */
  readonly started: number;
  /** Those of them that ended although nobody here ended them. */
  readonly died: number;
}

const START_MS = 10_000;
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 10_000;

/**
 * The process that judges what the gateway may not. It inherits no environment, no file and no socket but its channel, has a small
 * heap, and is killed and replaced where it is late. It keeps the gateway alive only while a question is not answered yet, which
 * is at most the deadline.
 */
export function createJudgingChild(options: JudgingChildOptions): JudgingChild {
  const file = fileURLToPath(import.meta.url.replace(/judging-child(\.\w+)$/, 'judging-process$1'));
  let child: ChildProcess | undefined;
  let isReady = false;
  let answered: ((answer: SchemaAnswer) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let [started, died, failures, restsUntil] = [0, 0, 0, 0];
  let isClosed = false;

  function start(): boolean {
    if (isClosed || performance.now() < restsUntil) return false;
    if (child !== undefined) return true;
    started += 1;
    isReady = false;
    try {
      child = spawn();
    } catch {
      rest();
      return false;
    }
    watch(child, START_MS);
    hold(child, false);
    return true;
  }

  /** @throws where the system has no room for another process; some such errors come as an event instead. */
  function spawn(): ChildProcess {
    const spawned = fork(file, [String(options.deadlineMs)], {
      env: {},
      // A V8 that would compile text to code refuses to, here too.
      execArgv: [
        `--max-old-space-size=${options.heapMegabytes}`,
        '--max-semi-space-size=4',
        '--disallow-code-generation-from-strings',
      ],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    spawned.on('message', (message: SchemaAnswer) => {
      if (spawned === child) receive(message);
    });
    for (const event of ['error', 'exit', 'disconnect']) spawned.on(event, () => end(spawned));
    return spawned;
  }

  /** A process that cannot be started is not started at every question. */
  function rest(): void {
    failures += 1;
    restsUntil = performance.now() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** failures);
  }

  function receive(message: SchemaAnswer): void {
    clearTimeout(timer);
    if (message === READY) {
      isReady = true;
      failures = 0;
    } else {
      const settled = answered;
      answered = undefined;
      if (child !== undefined) hold(child, false);
      settled?.(message);
    }
    options.onFree();
  }

  /** The timer must not keep the gateway alive; a question that is not answered yet does, through the child process. */
  function watch(watched: ChildProcess, ms: number): void {
    timer = setTimeout(() => end(watched, 'late'), ms);
    timer.unref();
  }

  function end(ended: ChildProcess, answer: SchemaAnswer = 'died'): void {
    if (ended !== child) return;
    if (answer === 'died') died += 1;
    clearTimeout(timer);
    child = undefined;
    ended.kill('SIGKILL');
    hold(ended, false);
    if (!isReady) rest();
    isReady = false;
    const settled = answered;
    answered = undefined;
    options.onEnded();
    settled?.(answer);
  }

  return {
    start,
    get isFree() {
      return isReady && answered === undefined;
    },
    ask(question, onAnswer) {
      if (child === undefined) throw new Error('there is no process to ask');
      answered = onAnswer;
      hold(child, true);
      watch(child, options.deadlineMs);
      // Where the channel is broken the process ends, and that is what answers.
      child.send(question, () => {});
    },
    close() {
      isClosed = true;
      if (child !== undefined) end(child, 'unavailable');
    },
    get pid() {
      return child?.pid;
    },
    get started() {
      return started;
    },
    get died() {
      return died;
    },
  };
}

/** Whether the process and its channel keep this one from ending. */
function hold(child: ChildProcess, isHeld: boolean): void {
  if (isHeld) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}
