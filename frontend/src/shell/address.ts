/** Where this application lives: everything is addressed relative to the page's base, also behind a prefix. */

export interface Place {
  /** Path of the application with a slash at the end, as `/` or `/tools/rheostat/`. */
  prefix: string;
  /** Scheme, host and port, as `http://127.0.0.1:7436`. */
  origin: string;
}

/** Read the place out of the address of the document's base, as `http://host/prefix/`. */
export function placeOf(baseAddress: string): Place {
  const address = new URL(baseAddress);
  const prefix = address.pathname.replace(/[^/]*$/, "");
  return { prefix, origin: address.origin };
}

/** The full address of `path` (which has no slash in front). */
export function httpAddress(place: Place, path: string): string {
  return `${place.origin}${place.prefix}${path}`;
}

/** The websocket address of `path`: wss where the page came by https. */
export function socketAddress(place: Place, path: string): string {
  return `${place.origin.replace(/^http/, "ws")}${place.prefix}${path}`;
}

/**
 * The place of this very page. The `<base>` element is then taken out, since with it the fragment references
 * inside SVG charts would point elsewhere.
 */
export function readPlace(page: Document): Place {
  const found = placeOf(page.baseURI);
  const icon = page.querySelector<HTMLLinkElement>("link[rel=icon]");
  // Browsers fetch it late, when there is no base to read its address by.
  if (icon) icon.setAttribute("href", icon.href);
  page.querySelector("base")?.remove();
  return found;
}
