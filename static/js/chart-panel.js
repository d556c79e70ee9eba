// <chart-panel> around a <plot-figure>: its tools, its legend. What the reader chose stands in the address and holds
// for every chart of the page; only the logarithmic axis is a chart's own.
import { crop, nameOf, toCsv } from "./figure-data.js";

class ChartPanel extends HTMLElement {
  onView = () => this.applyAddress();

  connectedCallback() {
    this.plot = this.querySelector("plot-figure");
    this.addEventListener("input", (event) => this.choose(event.target));
    this.addEventListener("click", (event) => this.act(event.target.closest("button[data-tool]")?.dataset.tool));
    this.addEventListener("drawn", () => this.describe());
    document.addEventListener("chartview", this.onView);
    customElements.whenDefined("plot-figure").then(this.onView);
  }

  disconnectedCallback() {
    document.removeEventListener("chartview", this.onView);
  }

  tool(name) {
    return this.querySelector(`[data-tool="${name}"]`);
  }

  choose(input) {
    const name = input.dataset.tool;
    if (!name) return;
    const address = new URL(location);
    if (name === "log") this.keepLog(address, input.checked);
    else address.searchParams.set(name, input.value);
    history.replaceState(history.state, "", address);
    document.dispatchEvent(new Event("chartview"));
  }

  keepLog(address, on) {
    const others = address.searchParams.getAll("log").filter((id) => id !== this.plot.id);
    address.searchParams.delete("log");
    for (const id of on ? [...others, this.plot.id] : others) address.searchParams.append("log", id);
  }

  applyAddress() {
    const chosen = new URL(location).searchParams;
    const smoothing = chosen.get("smoothing");
    const log = chosen.getAll("log").includes(this.plot.id);
    this.set("smoothing", smoothing);
    this.set("unit", chosen.get("unit"));
    if (this.tool("log")) this.tool("log").checked = log;
    this.plot.show({ smoothing: smoothing === null ? undefined : Number(smoothing), unit: chosen.get("unit"), log, words: this.dataset.smoothed });
  }

  set(name, value) {
    const input = this.tool(name);
    if (!input) return;
    if (value !== null) input.value = value;
    const output = input.parentElement.querySelector("output");
    if (output) output.textContent = Number(input.value).toFixed(2);
  }

  act(tool) {
    if (tool === "reset") this.showAll();
    if (tool === "png" || tool === "svg") this.savePicture(tool);
    if (tool === "csv") this.save(new Blob([toCsv(this.plot.figure)], { type: "text/csv" }), "csv");
    if (tool) this.querySelector("[popover]:popover-open")?.hidePopover();
  }

  async showAll() {
    await this.plot.show({ all: true });
    await Plotly.relayout(this.plot.canvas, { "xaxis.autorange": true, "yaxis.autorange": true });
  }

  savePicture(format) {
    const { offsetWidth: width, offsetHeight: height } = this.plot;
    return Plotly.downloadImage(this.plot.canvas, { format, width, height, scale: 2, filename: this.plot.id });
  }

  save(blob, ending) {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${this.plot.id}.${ending}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  describe() {
    this.drawLegend();
    const { all, log } = this.plot.view;
    const outside = all || log ? 0 : (crop(this.plot.figure.data)?.outside ?? 0);
    const note = this.querySelector("[data-outside]");
    note.hidden = outside === 0;
    note.textContent = note.dataset.outside.replace("{count}", outside.toLocaleString(document.documentElement.lang));
  }

  drawLegend() {
    const traces = this.plot.figure.data.filter((trace) => trace.name);
    const items = traces.map((trace) => this.legendItem(trace));
    this.querySelector("[data-legend]").replaceChildren(...items);
  }

  legendItem(trace) {
    const item = document.createElement("span");
    const mark = document.createElement("i");
    mark.style.color = trace.line?.color ?? trace.marker?.color;
    mark.classList.toggle("dash", Boolean(trace.line?.dash && trace.line.dash !== "solid"));
    const symbol = trace.mode === "markers" && (trace.marker.symbol === "diamond" ? "diamond" : "dot");
    if (symbol) mark.classList.add(symbol);
    item.append(mark, nameOf(trace, this.plot.view));
    return item;
  }
}

customElements.define("chart-panel", ChartPanel);
