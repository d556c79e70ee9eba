// <flash-message>: goes when dismissed, and by itself after a while unless it reports a failure or is being read.
const SHOWN = 8000;

class FlashMessage extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").onclick = () => this.remove();
    if (this.getAttribute("role") === "alert") return;
    this.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.addEventListener("focusin", () => clearTimeout(this.timer));
    this.timer = setTimeout(() => this.remove(), SHOWN);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }
}

customElements.define("flash-message", FlashMessage);
