/** Components in chunks of their own, fetched when they are first shown. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { problemFrom } from "../api/client.ts";
import type { Problem } from "../api/types.ts";
import { Failure, Loading } from "./states.tsx";

/**
 * A component that stands in for the one `load` brings: loading at first, and told if it cannot be had. Without a
 * word for `what` it says nothing of either.
 */
export function fetched<Props extends object>(
  what: string | null,
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
    if (what === null) return null;
    if (problem.value !== null) return <Failure problem={problem.value} retry={() => void fetch()} />;
    return <Loading what={what} />;
  };
}
