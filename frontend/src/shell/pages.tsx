/** The pages, each a chunk of its own that is fetched when it is first opened. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { problemFrom } from "../api/client.ts";
import type { Problem } from "../api/types.ts";
import { Failure, Loading } from "./states.tsx";

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

/** A component that stands in for the one `load` brings: loading at first, and told if it cannot be had. */
function fetched<Props extends object>(
  what: string,
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const page = signal<ComponentType<Props> | null>(null);
  const problem = signal<Problem | null>(null);
  const fetch = async (): Promise<void> => {
    try {
      page.value = await load();
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  };
  return function Fetched(props: Props) {
    useEffect(() => {
      if (page.value === null) void fetch();
    }, []);
    const Page = page.value;
    if (Page !== null) return <Page {...props} />;
    if (problem.value !== null) return <Failure problem={problem.value} retry={() => void fetch()} />;
    return <Loading what={what} />;
  };
}
