// <copy-button value="…"><button data-done="Copied">…</button></copy-button>
const SHOWN = 1500;

class CopyButton extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.onclick = () => this.copy();
  }

  async copy() {
    await this.write(this.getAttribute("value"));
    const label = this.button.getAttribute("aria-label");
    if (this.classList.contains("is-done")) return;
    this.classList.add("is-done");
    this.button.setAttribute("aria-label", this.button.dataset.done);
    setTimeout(() => {
      this.classList.remove("is-done");
      this.button.setAttribute("aria-label", label);
    }, SHOWN);
  }

  // navigator.clipboard is missing on plain http, where many teams serve this.
  async write(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    this.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

customElements.define("copy-button", CopyButton);
