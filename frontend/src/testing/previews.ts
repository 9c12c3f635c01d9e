/** A preview as the server answers it, for tests. */

import type { PreviewAnswer } from "../api/types.ts";

const part = { line: 1, column: 1, length: 4 };

export const answer: PreviewAnswer = {
  ok: true,
  x: [0, 50, 999],
  y: [0, 3e-4, 3e-5],
  groups: [],
  analysis: {
    total: 1000,
    minimum: 0,
    maximum: 3e-4,
    first: 0,
    last: 3e-5,
    area: 0.1,
    breakpoints: [50],
    jumps: [{ step: 50, before: 1e-4, after: 3e-4 }],
    parts: [
      { ...part, start: 0, end: 50, area: 0.1, share: 0.5, label: "linear" },
      { ...part, start: 50, end: 1000, area: 0.1, share: 0.5, label: "hold" },
    ],
  },
  diagnostics: [],
  metrics: [],
  traces: [],
  drops: [],
  handles: [],
  curves: [],
  epoch: null,
  step_tokens: null,
};
