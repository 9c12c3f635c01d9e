/** Ask only the newest question: earlier ones are given up, or overtaken. */

export interface Latest<Q> {
  /** Ask soon; a question that has not been sent yet, or not been answered, is dropped. */
  ask(question: Q): void;
  /** Drop whatever is under way. */
  stop(): void;
}

/**
 * Run `work` for the newest question, `wait` milliseconds after the last `ask`. `done` and `failed` hear of
 * the newest question only.
 */
export function latest<Q, A>(
  wait: number,
  work: (question: Q, signal: AbortSignal) => Promise<A>,
  done: (answer: A, question: Q) => void,
  failed: (error: unknown, question: Q) => void,
): Latest<Q> {
  let timer: ReturnType<typeof setTimeout> | undefined;
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
      timer = setTimeout(() => void start(question), wait);
    },
    stop,
  };
}

/**
 * Run `work` for one question at a time and then for the newest: for questions that follow each other without
 * a rest, as while dragging, where waiting for the last would show nothing. `done` hears every answer.
 */
export function onward<Q, A>(
  work: (question: Q, signal: AbortSignal) => Promise<A>,
  done: (answer: A, question: Q) => void,
  failed: (error: unknown, question: Q) => void,
): Latest<Q> {
  let running: AbortController | undefined;
  let next: { question: Q } | null = null;

  async function start(question: Q): Promise<void> {
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await work(question, mine.signal);
      if (running === mine) done(answer, question);
    } catch (error) {
      if (running === mine) failed(error, question);
    }
    if (running !== mine) return;
    running = undefined;
    if (next) ask(next.question);
  }

  function ask(question: Q): void {
    next = running ? { question } : null;
    if (!running) void start(question);
  }

  function stop(): void {
    next = null;
    running?.abort();
    running = undefined;
  }

  return { ask, stop };
}
