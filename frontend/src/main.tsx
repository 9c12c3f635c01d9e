import { render } from "preact";
import { App } from "./shell/App.tsx";
import { enter } from "./shell/session.ts";

void enter();
const root = document.getElementById("app");
if (root) render(<App />, root);
