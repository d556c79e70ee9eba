// <prompt-columns most="4"> around the form of the playground: adds, copies and removes columns, fills in rows to
// try, sends by Ctrl+Enter, and keeps the address saying what was chosen.
const LONGEST_ADDRESS = 2000;
const SAMPLING = ["temperature", "top_p", "max_tokens", "stop", "seed", "n"];

class PromptColumns extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.list = this.querySelector("#playground-columns");
    this.template = this.querySelector("template[data-column]");
    this.addEventListener("click", (event) => this.press(event.target));
    this.addEventListener("input", (event) => event.target.name === "prompt" && this.expect(""));
    this.addEventListener("change", () => this.sayChosen());
    this.addEventListener("keydown", (event) => this.sendByKeys(event));
    this.addEventListener("exchange", (event) => this.sayAddress(new URLSearchParams({ exchange: event.detail.data })));
    this.arrange();
    this.sayAddress();
  }

  get columns() {
    return [...this.list.children];
  }

  press(target) {
    const column = target.closest("[data-key-of]");
    if (target.closest("[data-add]")) this.add();
    else if (target.closest("[data-duplicate]")) this.duplicate(column);
    else if (target.closest("[data-remove]")) this.remove(column);
    else if (target.closest("[data-prompt]")) this.fill(target.closest("[data-prompt]").dataset);
  }

  // A model that is not asked yet, with the system prompt of the others.
  add() {
    const used = this.columns.map((column) => this.field(column, "model").value);
    const column = this.grow();
    const model = this.field(column, "model");
    model.value = [...(model.options ?? [])].map((option) => option.value).find((value) => !used.includes(value)) ?? used[0];
    this.field(column, "system").value = this.field(this.columns[0], "system").value;
    model.focus();
    this.sayChosen();
  }

  duplicate(source) {
    const column = this.grow(source);
    for (const name of ["model", "system", "endpoint"]) this.field(column, name).value = this.field(source, name).value;
    this.field(column, "system").select();
    this.sayChosen();
  }

  remove(column) {
    column.remove();
    this.arrange();
    this.sayChosen();
  }

  grow(after = this.list.lastElementChild) {
    const numbers = this.columns.map((column) => Number(column.dataset.keyOf.slice(1)));
    const key = `c${Math.max(...numbers) + 1}`;
    after.insertAdjacentHTML("afterend", this.template.innerHTML.replaceAll("new-key", key));
    this.arrange();
    return this.list.querySelector(`#column-${key}`);
  }

  arrange() {
    const count = this.columns.length;
    const isFull = count >= Number(this.getAttribute("most"));
    for (const button of this.querySelectorAll("[data-add], [data-duplicate]")) button.disabled = isFull;
    this.querySelector("[data-add]").title = isFull ? this.dataset.full : "";
    for (const button of this.querySelectorAll("[data-remove]")) button.disabled = count < 2;
  }

  fill({ prompt, expected }) {
    this.form.elements.prompt.value = prompt;
    this.expect(expected);
    this.sayChosen();
  }

  expect(expected) {
    this.form.elements.expected.value = expected;
    const said = this.querySelector("#playground-expected");
    said.hidden = !expected;
    said.querySelector("b").textContent = expected;
  }

  sendByKeys(event) {
    const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
    const send = this.querySelector("#playground-send");
    if (!isSend || !send || send.disabled) return;
    event.preventDefault();
    this.form.requestSubmit(send);
  }

  // Long texts are left out: an address that servers refuse is worth nothing.
  sayChosen() {
    const given = new FormData(this.form);
    const all = new URLSearchParams({ connection: given.get("connection_id") });
    for (const name of ["model", "endpoint", "system"]) for (const value of given.getAll(name)) all.append(name, value);
    for (const name of [...SAMPLING, "prompt", "expected"]) if (given.get(name)) all.set(name, given.get(name));
    for (const name of ["expected", "prompt", "system"]) if (all.toString().length > LONGEST_ADDRESS) all.delete(name);
    this.sayAddress(all);
  }

  sayAddress(query) {
    if (query) history.replaceState(history.state, "", `?${query}`);
    document.querySelector("[data-address]")?.setAttribute("value", location.href);
  }

  field(column, name) {
    return column.querySelector(`[name=${name}]`);
  }
}

customElements.define("prompt-columns", PromptColumns);
