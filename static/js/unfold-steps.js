// <unfold-steps upto="2"> in a form of steps: when the server says that more of them can be filled in, these open.
// What the reader folded stays folded.
class UnfoldSteps extends HTMLElement {
  static observedAttributes = ["upto"];

  attributeChangedCallback(_name, before, now) {
    if (before === null || !this.isConnected) return;
    const steps = [...this.closest("form").querySelectorAll("details.step")];
    for (const step of steps.slice(Number(before), Number(now))) step.open = true;
  }
}

customElements.define("unfold-steps", UnfoldSteps);
