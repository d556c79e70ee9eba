// <key-shortcuts><dialog>…[data-found]…</dialog></key-shortcuts>: "/" searches, "?" lists, j and k walk the rows of
// [data-rows], x ticks a row, and every [data-key="n"] or [data-key="g d"] on the page is pressed by its keys.
const PATIENCE = 1200;

class KeyShortcuts extends HTMLElement {
  prefix = "";
  listen = (event) => this.press(event);

  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.dialog.addEventListener("beforetoggle", () => this.listFound());
    document.addEventListener("keydown", this.listen);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.listen);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || this.isBusy(event.target)) return;
    const key = event.key.toLowerCase();
    const keys = this.prefix ? `${this.prefix} ${key}` : key;
    this.prefix = "";
    if (this.act(keys)) event.preventDefault();
    else if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) this.waitAfter(key);
  }

  isBusy(target) {
    return document.querySelector("dialog:modal") || target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  }

  waitAfter(key) {
    this.prefix = key;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.prefix = ""), PATIENCE);
  }

  act(keys) {
    const found = document.querySelector(`[data-key="${CSS.escape(keys)}"]`);
    if (found) return found.click(), true;
    if (keys === "/") return this.search();
    if (keys === "?") return this.dialog.showModal(), true;
    if (keys === "j" || keys === "k") return this.walk(keys === "j" ? 1 : -1);
    return keys === "x" && this.tick();
  }

  search() {
    const field = document.querySelector("[data-search]");
    field?.select();
    return Boolean(field);
  }

  walk(step) {
    const rows = [...document.querySelectorAll("[data-rows] > *")];
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step];
    const target = next?.querySelector("a, button, summary") ?? next;
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
    return Boolean(target);
  }

  tick() {
    const box = document.activeElement.closest("[data-rows] > *")?.querySelector("input[type=checkbox]");
    box?.click();
    return Boolean(box);
  }

  listFound() {
    const items = [...document.querySelectorAll("[data-key]")].map((element) => this.item(element));
    this.querySelector("[data-found]").replaceChildren(...items);
  }

  item(element) {
    const item = document.createElement("li");
    const keys = document.createElement("span");
    keys.append(...element.dataset.key.split(" ").map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
    item.append(this.wordsOf(element), keys);
    return item;
  }

  wordsOf(element) {
    const spoken = element.getAttribute("aria-label") ?? element.querySelector(":scope > span")?.textContent;
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    return (spoken ?? own.map((node) => node.textContent).join("")).trim();
  }
}

customElements.define("key-shortcuts", KeyShortcuts);
