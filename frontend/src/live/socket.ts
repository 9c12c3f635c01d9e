/** The one live websocket of the page: it comes back by itself and hands every message to who listens. */

import { batch, signal } from "@preact/signals";
import type { FromBrowser, ToBrowser } from "../api/types.ts";
import { tellServerTime } from "../lib/clock.ts";
import { httpAddress, socketAddress } from "../shell/address.ts";
import { place } from "../shell/navigation.ts";
import { begin, closed, opened, pause, retrying } from "./connection.ts";

type Listener = (message: ToBrowser) => void;

export const connection = signal(begin(Date.now()));
/** Versions of the server that this page has met; more than one: the page is older than the server. */
export const versions = signal<readonly string[]>([]);

const listeners = new Set<Listener>();
let socket: WebSocket | null = null;
/** Numbers and points are handed out this often at most; acks and everything else at once. */
const CADENCE_MS = 100;
let waiting: ToBrowser[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Hear every message; a `hello` starts each connection, so whoever watches a run says so again then. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Send, or drop when not connected: on the next `hello` everybody says anew what it needs. */
export function say(message: FromBrowser): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** Open the connection and keep it; to be called once, when signed in. */
export function connect(): void {
  connection.value = begin(Date.now());
  open();
}

function open(): void {
  const mine = new WebSocket(socketAddress(place, "ws/live"));
  socket = mine;
  mine.onmessage = (event: MessageEvent<string>) => receive(JSON.parse(event.data) as ToBrowser);
  mine.onclose = () => {
    if (socket !== mine) return;
    socket = null;
    connection.value = closed(connection.value, Date.now());
    setTimeout(retry, pause(connection.value, Math.random()));
  };
}

async function retry(): Promise<void> {
  connection.value = retrying(connection.value);
  // A websocket does not say why it was refused; the session does: signed out means the sign-in page.
  const answer = await fetch(httpAddress(place, "api/session")).catch(() => null);
  if (answer?.status === 401) location.reload();
  else open();
}

function receive(message: ToBrowser): void {
  if (message.type === "hello") {
    connection.value = opened(connection.value, Date.now());
    tellServerTime(message.clock);
    if (!versions.value.includes(message.version)) versions.value = [...versions.value, message.version];
  }
  waiting.push(message);
  if (message.type === "points" || message.type === "run") timer ??= setTimeout(deliver, CADENCE_MS);
  else deliver();
}

/** Hand out what has come in, in order, as one change of the page. */
function deliver(): void {
  clearTimeout(timer);
  timer = undefined;
  const messages = waiting;
  waiting = [];
  batch(() => {
    for (const message of messages) for (const listener of listeners) listener(message);
  });
}
