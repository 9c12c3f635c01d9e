/** The pages, each a chunk of its own that is fetched when it is first opened. */

import { fetched } from "./fetched.tsx";

export const DesignPage = fetched("the design page", () =>
  import("../design/DesignPage.tsx").then((module) => module.DesignPage),
);
export const RunsPage = fetched("the runs", () =>
  import("../runs/RunsPage.tsx").then((module) => module.RunsPage),
);
export const RunPage = fetched("the run", () =>
  import("../run/RunPage.tsx").then((module) => module.RunPage),
);

export const ComparePage = fetched("the comparison", () =>
  import("../compare/ComparePage.tsx").then((module) => module.ComparePage),
);

export const SettingsPage = fetched("the settings", () =>
  import("../access/SettingsPage.tsx").then((module) => module.SettingsPage),
);
