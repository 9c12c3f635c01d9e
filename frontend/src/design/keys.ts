/**
 * The keys of the text editor: those of CodeMirror's standard keymap that a schedule needs. Enter keeps the
 * indentation of the line. The whole standard keymap brings a language's indentation and folding along, which
 * would cost 3 kB of the page's budget and which this language does not have.
 */

import {
  cursorCharLeft,
  cursorCharRight,
  cursorDocEnd,
  cursorDocStart,
  cursorGroupLeft,
  cursorGroupRight,
  cursorLineBoundaryBackward,
  cursorLineBoundaryForward,
  cursorLineDown,
  cursorLineUp,
  cursorPageDown,
  cursorPageUp,
  deleteCharBackward,
  deleteCharForward,
  deleteGroupBackward,
  deleteGroupForward,
  insertNewlineKeepIndent,
  selectAll,
  selectCharLeft,
  selectCharRight,
  selectDocEnd,
  selectDocStart,
  selectGroupLeft,
  selectGroupRight,
  selectLineBoundaryBackward,
  selectLineBoundaryForward,
  selectLineDown,
  selectLineUp,
  selectPageDown,
  selectPageUp,
} from "@codemirror/commands";
import type { Command, KeyBinding } from "@codemirror/view";

const move = (key: string, run: Command, shift: Command, mac?: string): KeyBinding => ({
  key,
  run,
  shift,
  preventDefault: true,
  ...(mac ? { mac } : {}),
});

export const keys: readonly KeyBinding[] = [
  move("ArrowLeft", cursorCharLeft, selectCharLeft),
  move("ArrowRight", cursorCharRight, selectCharRight),
  move("ArrowUp", cursorLineUp, selectLineUp),
  move("ArrowDown", cursorLineDown, selectLineDown),
  move("Mod-ArrowLeft", cursorGroupLeft, selectGroupLeft, "Alt-ArrowLeft"),
  move("Mod-ArrowRight", cursorGroupRight, selectGroupRight, "Alt-ArrowRight"),
  move("PageUp", cursorPageUp, selectPageUp),
  move("PageDown", cursorPageDown, selectPageDown),
  move("Home", cursorLineBoundaryBackward, selectLineBoundaryBackward, "Cmd-ArrowLeft"),
  move("End", cursorLineBoundaryForward, selectLineBoundaryForward, "Cmd-ArrowRight"),
  move("Mod-Home", cursorDocStart, selectDocStart, "Cmd-ArrowUp"),
  move("Mod-End", cursorDocEnd, selectDocEnd, "Cmd-ArrowDown"),
  { key: "Enter", run: insertNewlineKeepIndent, shift: insertNewlineKeepIndent },
  { key: "Mod-a", run: selectAll },
  { key: "Backspace", run: deleteCharBackward, shift: deleteCharBackward, preventDefault: true },
  { key: "Delete", run: deleteCharForward, preventDefault: true },
  { key: "Mod-Backspace", mac: "Alt-Backspace", run: deleteGroupBackward, preventDefault: true },
  { key: "Mod-Delete", mac: "Alt-Delete", run: deleteGroupForward, preventDefault: true },
];
