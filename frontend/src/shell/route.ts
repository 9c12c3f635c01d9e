/** The pages and their addresses: pure reading and writing of paths. */

export type Route =
  | { page: "design" }
  | { page: "runs" }
  | { page: "run"; id: string }
  | { page: "compare" }
  | { page: "settings" }
  | { page: "lost"; path: string };

/** The route of `path`, which starts with `prefix`. */
export function routeOf(path: string, prefix: string): Route {
  const inside = path.startsWith(prefix) ? path.slice(prefix.length) : path.slice(1);
  const parts = inside.split("/").filter((part) => part !== "");
  const [first, second] = parts;
  if (first === undefined || (first === "design" && parts.length === 1)) return { page: "design" };
  if (first === "compare" && parts.length === 1) return { page: "compare" };
  if (first === "settings" && parts.length === 1) return { page: "settings" };
  if (first === "runs" && second === undefined) return { page: "runs" };
  if (first === "runs" && second !== undefined && parts.length === 2) {
    const id = decoded(second);
    if (id !== null) return { page: "run", id };
  }
  return { page: "lost", path };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The path of `route` under `prefix`. */
export function pathOf(route: Route, prefix: string): string {
  switch (route.page) {
    case "design":
      return `${prefix}design`;
    case "runs":
      return `${prefix}runs`;
    case "run":
      return `${prefix}runs/${encodeURIComponent(route.id)}`;
    case "compare":
      return `${prefix}compare`;
    case "settings":
      return `${prefix}settings`;
    case "lost":
      return route.path;
  }
}
