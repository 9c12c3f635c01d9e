/** Numbers and times in the one spelling the whole dashboard uses. */

/** Made once: `toLocaleString` makes its own at every call. */
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** An lr, as `3.0e-4`; exact zero is `0`; nothing known is an en dash. */
export function lr(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return notFinite(value);
  return value.toExponential(digits);
}

/** An lr with two digits, three where they say more: `3.0e-4`, `1.53e-3`. */
export function lrBrief(value: number | null | undefined): string {
  return trimmed(lr(value, 2));
}

/** An lr with as many digits as it takes to tell it from others, two at least and five at most: `3.125e-4`. */
export function lrExact(value: number | null | undefined): string {
  return trimmed(lr(value, 4));
}

/** Without the zeros at the end of the mantissa, one decimal at least. */
function trimmed(text: string): string {
  return text.replace(/(\.\d)(\d*?)0+e/, "$1$2e");
}

/** A step or another count, as `12,040`. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return WHOLE.format(Math.round(value));
}

/** A metric's value: four significant digits, scientific only where it must be. */
export function metric(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return notFinite(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2);
  if (size >= 1000) return WHOLE.format(value);
  return value.toPrecision(4);
}

/** Steps per second, as `48.2`. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 100) return count(value);
  return value >= 10 ? value.toFixed(1) : value.toPrecision(2);
}

/** A share, as `20 %`. */
export function percent(share: number): string {
  const hundredths = share * 100;
  const digits = Math.abs(hundredths) < 10 && hundredths % 1 !== 0 ? 1 : 0;
  return `${signless(hundredths.toFixed(digits))} %`;
}

/** A change as a signed share, as `−23 %`. */
export function change(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const text = percent(Math.abs(share));
  if (text === "0 %") return "±0 %";
  return `${share < 0 ? "−" : "+"}${text}`;
}

/** A length of time, as `4 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) return `${minutes} min ${pad(whole % 60)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago, as `now`, `12 s ago`. Both are Unix seconds. */
export function ago(then: number, now: number): string {
  const seconds = now - then;
  return seconds < 2 ? "now" : `${duration(seconds)} ago`;
}

/** Local time of day, as `14:03:09`. */
export function clock(at: number): string {
  const date = new Date(at * 1000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(":");
}

/** A moment in local time, as short as tells it: `14:03` within a day, `31 Jan` else. */
export function moment(at: number, now: number): string {
  if (Math.abs(now - at) < 86_400) return clock(at).slice(0, 5);
  return new Date(at * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}

/** The same moment exactly, for a tooltip: UTC, as `2026-01-31T14:03:09.120Z`. */
export function exactTime(at: number): string {
  return new Date(at * 1000).toISOString();
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "inf" : "−inf";
}

function signless(text: string): string {
  return text === "-0" ? "0" : text;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
