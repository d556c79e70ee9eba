// <paired-range>: a number field and <input type="range" data-range-of="its id"> that move together.
class PairedRange extends HTMLElement {
  connectedCallback() {
    const range = this.querySelector("[data-range-of]");
    const field = document.getElementById(range.dataset.rangeOf);
    range.addEventListener("input", () => (field.value = range.value));
    field.addEventListener("input", () => (range.value = field.value));
  }
}

customElements.define("paired-range", PairedRange);
