/** The data of a chart as a table. */

import { count } from "../lib/format.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { CopyButton } from "../shell/Snippet.tsx";
import type { Painted } from "./plotly.ts";
import { exactly, type Table, tableOf } from "./reading.ts";

/** More rows than anybody reads make the page slow. */
const MOST_ROWS = 1000;

interface Props {
  painted: Painted;
  label: string;
  place: (x: number) => string;
  close: () => void;
}

export function TableDialog({ painted, label, place, close }: Props) {
  const { names, rows, total } = tableOf(painted.figure, painted.range, MOST_ROWS);
  return (
    <Dialog
      title="The chart as a table"
      testid="chart-table"
      close={close}
      tools={<CopyButton text={() => asText({ names, rows })} label="Copy" />}
    >
      <p class="muted">
        {label}. {rows.length < total ? `The first ${count(rows.length)} of ` : ""}
        {count(total)} points on the screen.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table is scrolled, also by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Table">
        <table class="num">
          <thead>
            <tr>
              <th scope="col">at</th>
              {names.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ x, cells }) => (
              <tr key={x}>
                <th scope="row">{place(x)}</th>
                {cells.map((cell, at) => (
                  <td key={names[at]}>{cell === null ? "" : exactly(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Dialog>
  );
}

function asText({ names, rows }: Table): string {
  const lines = rows.map(({ x, cells }) => [x, ...cells.map((cell) => cell ?? "")].join("\t"));
  return [["x", ...names].join("\t"), ...lines].join("\n");
}
