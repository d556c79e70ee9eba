// <plot-figure id hx-morph-skip-children figure='{"data":…,"layout":…}'> or <plot-figure src="…/figure.json">
// Draws a figure of the server with plotly in the colours of the page, follows changes of its attributes and of the
// theme, and grows by the event "metric" of the page's stream: {"figure": id, "x": [[120]], "y": [[0.41]]}. Points come
// in order of x: what the figure has already is left out, what comes while it is being fetched waits for it.
import { arrange, colour, parseFigure, unitOf } from "./figure-data.js";

const CONFIG = { responsive: true, displaylogo: false, displayModeBar: false, showSendToCloud: false, doubleClick: "reset" };
const ZOOM_DELAY = 250;
const painter = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });

class PlotFigure extends HTMLElement {
  static observedAttributes = ["figure", "src"];
  view = {};
  fetching = 0;
  waiting = [];
  redraw = () => this.draw();
  onMetric = (event) => this.extend(JSON.parse(event.detail.data));

  connectedCallback() {
    this.append((this.canvas = document.createElement("div")));
    document.addEventListener("metric", this.onMetric);
    document.addEventListener("themechange", this.redraw);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.redraw);
    this.load();
  }

  disconnectedCallback() {
    document.removeEventListener("metric", this.onMetric);
    document.removeEventListener("themechange", this.redraw);
    this.scheme.removeEventListener("change", this.redraw);
    Plotly.purge(this.canvas);
    this.canvas.remove();
    this.drawn = false;
  }

  attributeChangedCallback(_name, before) {
    if (before !== null && this.canvas) this.load();
  }

  async load(range = {}) {
    this.fetching += 1;
    const text = this.getAttribute("figure") ?? (await this.ask(range));
    this.fetching -= 1;
    if (!this.isConnected) return;
    if (text !== null) this.figure = parseFigure(text);
    if (!this.fetching && this.figure) this.waiting.splice(0).forEach((points) => this.grow(points));
    await this.draw();
  }

  async ask(range) {
    const address = new URL(this.getAttribute("src"), location);
    for (const [name, x] of Object.entries(range)) address.searchParams.set(name, x);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    return answer?.ok ? answer.text() : null;
  }

  show(view) {
    this.view = { ...this.view, ...view };
    return this.draw();
  }

  async draw() {
    if (!this.figure) return;
    const { data, layout } = colour(arrange(this.figure, { ...this.view, width: this.offsetWidth }), (token) => this.resolve(token));
    await Plotly.react(this.canvas, data, layout, CONFIG);
    if (!this.drawn) this.follow();
    this.drawn = true;
    this.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  }

  // plotly writes colours into SVG attributes and parses them itself, so tokens become rgb() first.
  resolve(token) {
    const style = getComputedStyle(this);
    if (token.startsWith("--font")) return style.getPropertyValue(token).trim();
    this.canvas.style.color = `var(${token})`;
    painter.fillStyle = style.color && getComputedStyle(this.canvas).color;
    painter.fillRect(0, 0, 1, 1);
    const [red, green, blue] = painter.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  }

  follow() {
    this.canvas.on("plotly_relayout", (change) => this.zoomed(change));
    this.canvas.on("plotly_hover", (event) => this.shareHover(event.xvals?.[0] ?? event.points[0].x));
    this.canvas.on("plotly_unhover", () => this.shareHover(null));
    if (!this.figure.data.some((trace) => trace.customdata)) return;
    this.canvas.classList.add("plot--clickable");
    this.canvas.on("plotly_click", (event) => this.go(event.points[0].customdata));
  }

  // Only to pages of our own.
  go(address) {
    const target = address && new URL(address, document.baseURI);
    if (target && target.origin === location.origin) location.assign(target);
  }

  // A closer look asks for the points the overview left out.
  zoomed(change) {
    const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const isZoom = from !== undefined || change["xaxis.autorange"];
    if (!isZoom || !this.hasAttribute("src") || !this.figure.layout.meta?.thinned) return;
    clearTimeout(this.zoomTimer);
    const { factor } = unitOf(this.figure.layout, this.view);
    const range = from === undefined ? {} : { from: from / factor, to: to / factor };
    this.zoomTimer = setTimeout(() => this.load(range), ZOOM_DELAY);
  }

  shareHover(x) {
    const group = this.getAttribute("group");
    if (!group || PlotFigure.isSharing) return;
    PlotFigure.isSharing = true;
    for (const other of document.querySelectorAll(`plot-figure[group="${CSS.escape(group)}"]`)) {
      if (other === this || !other.drawn) continue;
      if (x === null) Plotly.Fx.unhover(other.canvas);
      else Plotly.Fx.hover(other.canvas, { xval: x }, "xy");
    }
    PlotFigure.isSharing = false;
  }

  extend(points) {
    if (points.figure !== this.id) return;
    if (this.fetching) this.waiting.push(points);
    else if (this.figure) this.grow(points);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(this.redraw);
  }

  grow({ x, y }) {
    x.forEach((xs, index) => {
      const trace = this.figure.data[index];
      const start = xs.findIndex((at) => !(at <= trace?.x.at(-1)));
      if (!trace || start < 0) return;
      trace.x.push(...xs.slice(start));
      trace.y.push(...y[index].slice(start));
    });
  }
}

customElements.define("plot-figure", PlotFigure);
