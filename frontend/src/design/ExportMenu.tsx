/** The curve as a file: a picture, or the numbers. */

import { signal } from "@preact/signals";
import * as api from "../api/endpoints.ts";
import { palette } from "../chart/palette.ts";
import { picture } from "../chart/plotly.ts";
import { saveAddress, saveText } from "../lib/save.ts";
import { csvOf } from "./csv.ts";
import { draw } from "./figure.ts";
import * as store from "./store.ts";

const WIDTH = 1200;
const HEIGHT = 600;
/** The server draws at most so many columns: every step of a run of this length. */
const COLUMNS = 8000;

const failed = signal(false);

async function drawing(format: "png" | "svg"): Promise<void> {
  const { palette: colours, ...rest } = {
    palette: palette.value,
    answer: store.charted.value,
    ghosts: store.ghostCurves.value,
    view: store.view.value,
    unit: store.shownUnit.value,
    width: WIDTH,
  };
  const figure = draw({ palette: colours, ...rest });
  const several = (rest.answer?.curves.length ?? 0) + rest.ghosts.length > 0;
  const layout = { ...figure.layout, paper_bgcolor: colours.surface, showlegend: several };
  saveAddress(`schedule.${format}`, await picture({ ...figure, layout }, format, WIDTH, HEIGHT));
}

async function table(): Promise<void> {
  const whole = { ...store.question(), width: COLUMNS, from_step: null, to_step: null, handles: false };
  const answer = await api.preview(whole, AbortSignal.timeout(30_000));
  saveText("schedule.csv", `${csvOf(answer)}\n`, "text/csv");
}

function save(kind: string): void {
  failed.value = false;
  const work = kind === "csv" ? table() : drawing(kind === "png" ? "png" : "svg");
  void work.catch(() => {
    failed.value = true;
  });
}

export function ExportMenu() {
  return (
    <>
      <select
        class="quiet"
        aria-label="Export the curve"
        value=""
        disabled={!store.charted.value}
        onChange={(event) => {
          save(event.currentTarget.value);
          event.currentTarget.value = "";
        }}
      >
        <option value="">Export</option>
        <option value="png">Picture, PNG</option>
        <option value="svg">Picture, SVG</option>
        <option value="csv">Numbers, CSV</option>
      </select>
      {failed.value && (
        <span class="field-fault" role="alert">
          That could not be made. Try again.
        </span>
      )}
    </>
  );
}
