// What is done to a figure between the server and plotly: numbers unpacked, curves smoothed, the x axis rescaled,
// names of tokens turned into colours. Pure functions.
const ARRAYS = {
  i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array,
};
export const LEAST_TO_SMOOTH = 30;
const RAW_OPACITY = 0.35;
const LEAST_TO_CLIP = 100;
const ROOM = 0.12;
const LABEL_WIDTH = 72;

export function parseFigure(text) {
  return JSON.parse(text, (_, value) => (value?.bdata ? unpack(value) : value));
}

function unpack({ dtype, bdata }) {
  const bytes = Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0));
  return Array.from(new ARRAYS[dtype](bytes.buffer));
}

// Exponential moving average without the pull of its start. Gaps (null, NaN) stay gaps.
export function smooth(values, weight) {
  let sum = 0;
  let share = 0;
  return values.map((value) => {
    if (value === null || Number.isNaN(value)) return value;
    sum = sum * weight + value * (1 - weight);
    share = share * weight + (1 - weight);
    return sum / share;
  });
}

export function isSmoothed(trace, weight) {
  return weight > 0 && trace.meta?.smoothing !== undefined && trace.y.length >= LEAST_TO_SMOOTH;
}

export const weightOf = (trace, view) => view.smoothing ?? trace.meta?.smoothing ?? 0;

// "training, smoothed 0.60"; view.words holds the translated pattern.
export function nameOf(trace, view) {
  const weight = weightOf(trace, view);
  const note = (view.words ?? "{weight}").replace("{weight}", weight.toFixed(2));
  return isSmoothed(trace, weight) ? `${trace.name}, ${note}` : trace.name;
}

// The figure as the reader wants it: view = {smoothing, unit, log, all, words, width}.
export function arrange({ data, layout }, view) {
  const factor = unitOf(layout, view).factor;
  const scale = (xs) => (factor === 1 ? xs : xs.map((x) => x * factor));
  const traces = data.flatMap((trace) => smoothed({ ...trace, x: scale(trace.x) }, view));
  const shapes = layout.shapes?.map((shape) => (isAcross(shape) ? { ...shape, x0: shape.x0 * factor, x1: shape.x1 * factor } : shape));
  const annotations = withRoom(layout.annotations, view.width)?.map((note) => (note.xref === "x" ? { ...note, x: note.x * factor } : note));
  // A zoom in steps means nothing in epochs.
  const uirevision = [layout.uirevision, view.unit, view.log, view.all].join();
  return { data: traces, layout: { ...layout, uirevision, shapes, annotations, ...axes({ data, layout }, view) } };
}

// Labels along the x axis that do not run into each other: in a narrow plot every second, third, …
function withRoom(notes, width) {
  const across = notes?.filter((note) => note.xref === "x");
  const every = width ? Math.ceil((across?.length * LABEL_WIDTH) / width) : 1;
  return notes?.filter((note) => note.xref !== "x" || (across.indexOf(note) + 1) % every === 0);
}

const isAcross = (shape) => (shape.xref ?? "x") === "x";

export function unitOf(layout, view) {
  const units = layout.meta?.units ?? [];
  return units.find((unit) => unit.id === view.unit) ?? units[0] ?? { factor: 1 };
}

function axes({ data, layout }, view) {
  const label = unitOf(layout, view).label;
  const xaxis = label ? { ...layout.xaxis, title: { ...layout.xaxis?.title, text: label } } : layout.xaxis;
  const range = view.log || view.all ? undefined : crop(data)?.range;
  return { xaxis, yaxis: { ...layout.yaxis, type: view.log ? "log" : layout.yaxis?.type, ...(range && { range }) } };
}

// Where nearly all points are, when a few far ones would flatten the rest: {range, outside}, or null.
export function crop(data) {
  const values = data.flatMap((trace) => (trace.type === "bar" ? [] : trace.y.filter(Number.isFinite))).sort((one, other) => one - other);
  if (values.length < LEAST_TO_CLIP) return null;
  const at = (share) => values[Math.round(share * (values.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  const room = (high - low) * ROOM;
  if (high === low || at(1) - at(0) < 2 * (high - low)) return null;
  const range = [low - room, high + room];
  return { range, outside: values.filter((value) => value < range[0] || value > range[1]).length };
}

function smoothed(trace, view) {
  const weight = weightOf(trace, view);
  if (!isSmoothed(trace, weight)) return [trace];
  const raw = { ...trace, opacity: RAW_OPACITY, line: { ...trace.line, width: 1.2 } };
  const line = { ...trace, y: smooth(trace.y, weight), name: nameOf(trace, view), line: { ...trace.line, width: 2.2 } };
  return [raw, line];
}

// Replaces every "var(--token)" by what resolve answers for it.
export function colour(value, resolve) {
  if (typeof value === "string") return value.replace(/var\((--[\w-]+)\)/g, (_, token) => resolve(token));
  if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map((item) => colour(item, resolve));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, colour(item, resolve)]));
}

export function toCsv({ data }) {
  const quote = (text) => `"${String(text ?? "").replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  const rows = data.flatMap((trace) => trace.x.map((x, index) => [quote(trace.name), typeof x === "number" ? x : quote(x), trace.y[index] ?? ""].join(",")));
  return ["series,x,y", ...rows].join("\r\n");
}
