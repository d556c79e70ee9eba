// Sizes and times as the reader's language writes them, and how fast something comes along.
const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte"];

const PACE_SECONDS = 8;
const LEAST_PACE_SECONDS = 1;

const language = () => document.documentElement.lang;

// In steps of 1024, as the server's limit is set.
export function formatSize(bytes) {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const style = { style: "unit", unit: SIZES[power], unitDisplay: "short", maximumFractionDigits: power ? 1 : 0 };
  return (bytes / 1024 ** power).toLocaleString(language(), style);
}

export function formatSeconds(seconds) {
  const whole = Math.max(1, Math.ceil(seconds));
  const parts = whole < 60 ? [[whole, "second"]] : [[Math.floor(whole / 60), "minute"], [whole % 60, "second"]];
  const say = ([value, unit]) => value.toLocaleString(language(), { style: "unit", unit, unitDisplay: "short" });
  return parts.map(say).join(" ");
}

// Units a second over the last seconds; 0 while there is nothing to go by.
export class Pace {
  measure(done) {
    const now = performance.now() / 1000;
    this.seen = [...(this.seen ?? []).filter(([at]) => now - at < PACE_SECONDS), [now, done]];
    const [[first, before]] = this.seen;
    return now - first < LEAST_PACE_SECONDS ? 0 : Math.max(0, done - before) / (now - first);
  }

  forget() {
    this.seen = [];
    return 0;
  }
}
