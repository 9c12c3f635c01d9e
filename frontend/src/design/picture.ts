/** What completion says of a word: its meaning, and for a shape a small picture of the curve it makes. */

import * as api from "../api/endpoints.ts";
import type { Word } from "../api/types.ts";
import { sparkPath } from "../runs/sparkline.ts";
import { programOf } from "./programs.ts";

const WIDTH = 220;
const HEIGHT = 56;
const STEPS = 160;
const pictures = new Map<string, Promise<string>>();

/** The path of the curve, drawn from the server's own values; empty where there is none. */
async function pathFor(text: string): Promise<string> {
  const request = { text, base: 1e-3, total: STEPS, epoch: null, width: 2 * STEPS };
  const { y } = await api.preview(request, AbortSignal.timeout(5000));
  return sparkPath(y, WIDTH, HEIGHT);
}

/** The card beside the list of completions. */
export async function explained(word: Word): Promise<Node> {
  const card = document.createElement("div");
  card.textContent = word.doc;
  const text = programOf(word);
  if (text === null) return card;
  const drawing = pictures.get(text) ?? pathFor(text);
  pictures.set(text, drawing);
  const path = await drawing.catch(() => {
    pictures.delete(text);
    return "";
  });
  if (path) card.prepend(svgOf(path));
  return card;
}

function svgOf(path: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "completion-picture");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
