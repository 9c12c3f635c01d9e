import { expect, test } from "vitest";
import { pathOf, type Route, routeOf } from "./route.ts";

test.each<[string, string, Route]>([
  ["/", "/", { page: "design" }],
  ["/design", "/", { page: "design" }],
  ["/runs", "/", { page: "runs" }],
  ["/settings", "/", { page: "settings" }],
  ["/runs/", "/", { page: "runs" }],
  ["/runs/a%20b", "/", { page: "run", id: "a b" }],
  ["/lab/runs/r1", "/lab/", { page: "run", id: "r1" }],
  ["/nothing", "/", { page: "lost", path: "/nothing" }],
  ["/runs/a/b", "/", { page: "lost", path: "/runs/a/b" }],
  ["/runs/%E0%A4%A", "/", { page: "lost", path: "/runs/%E0%A4%A" }],
])("%s under %s", (path, prefix, route) => {
  expect(routeOf(path, prefix)).toEqual(route);
});

test("writing and reading agree, whatever the id", () => {
  for (const id of ["r1", "a/b", "ü ?#%"]) {
    const route: Route = { page: "run", id };
    expect(routeOf(pathOf(route, "/p/"), "/p/")).toEqual(route);
  }
});
