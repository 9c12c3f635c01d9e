/** The present page as a signal, kept in step with the browser's history. */

import { signal } from "@preact/signals";
import { readPlace } from "./address.ts";
import { pathOf, type Route, routeOf } from "./route.ts";

export const place = readPlace(document);

export const route = signal<Route>(routeOf(location.pathname, place.prefix));

addEventListener("popstate", () => {
  route.value = routeOf(location.pathname, place.prefix);
});

/** The path to put into a link. */
export function linkTo(target: Route): string {
  return pathOf(target, place.prefix);
}

/** Go to another page without loading it anew; `query` as `?a=b`. */
export function go(target: Route, query = ""): void {
  history.pushState(null, "", linkTo(target) + query);
  route.value = target;
  scrollTo(0, 0);
}

/** Make a click on a link stay inside the application, unless another tab is asked for. */
export function follow(target: Route): (event: MouseEvent) => void {
  return (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(target);
  };
}
