/** Every key the pages know, as the help tells them. Pure. */

export interface Shortcut {
  keys: readonly string[];
  does: string;
}

export interface Place {
  where: string;
  shortcuts: readonly Shortcut[];
}

const key = (keys: string, does: string): Shortcut => ({ keys: keys.split(" "), does });

export const PLACES: readonly Place[] = [
  {
    where: "Everywhere",
    shortcuts: [
      key("?", "this list"),
      key("Esc", "close, cancel, put back"),
      key("Tab", "to the next control"),
    ],
  },
  {
    where: "Runs",
    shortcuts: [
      key("j k", "down and up the list"),
      key("Enter", "open the run"),
      key("x", "select it to compare"),
      key("e", "edit name, tags and notes"),
      key("/", "filter"),
    ],
  },
  {
    where: "A run",
    shortcuts: [
      key("f", "follow the newest steps"),
      key("z", "zoom out by one step"),
      key("a", "write at the step picked, or the newest"),
    ],
  },
  {
    where: "On a chart",
    shortcuts: [
      key("← →", "read off the next point; with Shift ten times as far"),
      key("Home End", "to the first or last point in view"),
      key("Enter", "everything that was logged at the step"),
      key("+ -", "zoom in and out"),
      key("PageUp PageDown", "earlier and later steps"),
      key("0", "the whole"),
      key("t", "the chart as a table"),
      key("Shift+drag", "move along; so does the wheel with Shift"),
      key("Ctrl+wheel", "zoom at the mouse"),
      key("Ctrl+click", "write at that step"),
    ],
  },
  {
    where: "On a handle of a curve",
    shortcuts: [
      key("← → ↑ ↓", "move by one in the second digit; with Shift ten times as far"),
      key("Enter", "type the numbers"),
      key("Delete", "take a knot of a drawn curve away; a double click on the curve adds one"),
      key("Esc", "have it as it was"),
      key("Shift+drag", "keep to one axis"),
      key("Alt+drag", "a tenth of the way, with all digits"),
    ],
  },
  {
    where: "Design",
    shortcuts: [
      key("Ctrl+Z Ctrl+Y", "undo and redo, typing and dragging alike"),
      key("Ctrl+Space", "complete"),
    ],
  },
];
