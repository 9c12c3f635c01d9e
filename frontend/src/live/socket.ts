/** The one live websocket of the page: it comes back by itself and hands every message to who listens. */

import { batch, signal } from "@preact/signals";
import type { FromBrowser, ToBrowser } from "../api/types.ts";
import { tellServerTime } from "../lib/clock.ts";
import { httpAddress, socketAddress } from "../shell/address.ts";
import { place } from "../shell/navigation.ts";
import { begin, closed, isDoubtful, isStuck, opened, pause, retrying } from "./connection.ts";

type Listener = (message: ToBrowser) => void;

export const connection = signal(begin(Date.now()));
/** Versions of the server that this page has met; more than one: the page is older than the server. */
export const versions = signal<readonly string[]>([]);

const listeners = new Set<Listener>();
let socket: WebSocket | null = null;
/** Numbers and points are handed out this often at most; acks and everything else at once. */
const CADENCE_MS = 100;
const WATCH_MS = 2000;
const ANSWER_MS = 4000;
let waiting: ToBrowser[] = [];
/** When the server was last heard of. */
let heard = Date.now();
let asking = false;
/** When the present try began. */
let begun = 0;
let again: ReturnType<typeof setTimeout> | undefined;
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
  addEventListener("offline", () => lose(Date.now()));
  addEventListener("online", () => void retry());
  document.addEventListener("visibilitychange", () => void makeSure());
  setInterval(() => void makeSure(), WATCH_MS);
}

/** A cut network closes no socket: ask whether the server is there, and give up a connection that it is not at. */
async function makeSure(): Promise<void> {
  if (isStuck(connection.value, begun, Date.now())) lose(begun);
  if (asking || !isDoubtful(connection.value, heard, Date.now())) return;
  asking = true;
  const there = await fetch(httpAddress(place, "healthz"), { signal: AbortSignal.timeout(ANSWER_MS) }).then(
    () => true,
    () => false,
  );
  asking = false;
  if (there) heard = Date.now();
  else if (isDoubtful(connection.value, heard, Date.now())) lose(heard);
}

/** Take the connection for lost since a moment, whatever the socket still hopes for. */
function lose(since: number): void {
  const lost = socket;
  socket = null;
  lost?.close();
  if (lost) connection.value = closed(connection.value, since);
  clearTimeout(again);
  again = setTimeout(() => void retry(), pause(connection.value, Math.random()));
}

function open(): void {
  const mine = new WebSocket(socketAddress(place, "ws/live"));
  socket = mine;
  begun = Date.now();
  mine.onmessage = (event: MessageEvent<string>) => receive(JSON.parse(event.data) as ToBrowser);
  mine.onclose = () => {
    if (socket === mine) lose(Date.now());
  };
}

async function retry(): Promise<void> {
  clearTimeout(again);
  if (socket) return;
  connection.value = retrying(connection.value);
  // A websocket does not say why it was refused; the session does: signed out means the sign-in page.
  const answer = await fetch(httpAddress(place, "api/session"), {
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch(() => null);
  if (answer?.status === 401) location.reload();
  else if (!socket) open();
}

function receive(message: ToBrowser): void {
  heard = Date.now();
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
