// <confirm-dialog><dialog><form>…: nothing is posted from outside the dialog; once it is posted, the dialog closes.
class ConfirmDialog extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", () => this.querySelector("dialog").close());
  }
}

customElements.define("confirm-dialog", ConfirmDialog);
