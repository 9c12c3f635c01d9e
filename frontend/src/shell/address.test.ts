import { expect, test } from "vitest";
import { httpAddress, placeOf, socketAddress } from "./address.ts";

test("the root of a host", () => {
  const place = placeOf("http://127.0.0.1:7436/");
  expect(httpAddress(place, "api/runs")).toBe("http://127.0.0.1:7436/api/runs");
  expect(socketAddress(place, "ws/live")).toBe("ws://127.0.0.1:7436/ws/live");
});

test("behind a prefix and TLS", () => {
  const place = placeOf("https://lab.example/tools/rheostat/");
  expect(place.prefix).toBe("/tools/rheostat/");
  expect(socketAddress(place, "ws/live")).toBe("wss://lab.example/tools/rheostat/ws/live");
});

test("a page name at the end is no part of the prefix", () => {
  expect(placeOf("http://h/a/runs").prefix).toBe("/a/");
});
