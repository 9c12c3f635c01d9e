/** Ask only the newest question: earlier ones are given up, or overtaken. */

export interface Latest<Q> {
  /** Ask soon; a question that has not been sent yet, or not been answered, is dropped. */
  ask(question: Q): void;
  /** Drop whatever is under way. */
  stop(): void;
}

/**
 * Run `work` for the newest question, `wait` milliseconds after the last `ask`; with `eager` the first one after a
 * rest is not kept waiting. `done` and `failed` hear of the newest question only.
 */
export function latest<Q, A>(
  wait: number,
  work: (question: Q, signal: AbortSignal) => Promise<A>,
  done: (answer: A, question: Q) => void,
  failed: (error: unknown, question: Q) => void,
  eager = false,
): Latest<Q> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  let running: AbortController | undefined;

  function stop(): void {
    clearTimeout(timer);
    running?.abort();
    running = undefined;
  }

  async function start(question: Q): Promise<void> {
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await work(question, mine.signal);
      if (running === mine) done(answer, question);
    } catch (error) {
      if (running === mine) failed(error, question);
    }
  }

  return {
    ask(question) {
      stop();
      const rested = eager && performance.now() - asked > wait;
      asked = performance.now();
      timer = setTimeout(() => void start(question), rested ? 0 : wait);
    },
    stop,
  };
}

/**
 * Run `work` for one question at a time and then for the newest: for questions that follow each other without
 * a rest, as while dragging, where waiting for the last would show nothing. From one start to the next there are
 * at least `pause` milliseconds. `done` hears every answer.
 */
export function onward<Q, A>(
  work: (question: Q, signal: AbortSignal) => Promise<A>,
  done: (answer: A, question: Q) => void,
  failed: (error: unknown, question: Q) => void,
  pause = 0,
): Latest<Q> {
  let running: AbortController | undefined;
  let next: { question: Q } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function start(question: Q): Promise<void> {
    const mine = new AbortController();
    const begun = performance.now();
    running = mine;
    try {
      const answer = await work(question, mine.signal);
      if (running === mine) done(answer, question);
    } catch (error) {
      if (running === mine) failed(error, question);
    }
    if (running !== mine) return;
    running = undefined;
    const left = begun + pause - performance.now();
    if (left > 0) timer = setTimeout(goOn, left);
    else goOn();
  }

  function goOn(): void {
    timer = undefined;
    const waiting = next;
    next = null;
    if (waiting) void start(waiting.question);
  }

  return {
    ask(question) {
      if (running || timer !== undefined) next = { question };
      else void start(question);
    },
    stop() {
      next = null;
      clearTimeout(timer);
      timer = undefined;
      running?.abort();
      running = undefined;
    },
  };
}
