// <theme-switch> around the theme form: changes the page at once and tells the server behind it. Without scripts the
// form posts itself. Whoever draws with computed colours listens to "themechange" on document.
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.choose(event));
  }

  choose(event) {
    event.preventDefault();
    const form = event.target;
    const theme = event.submitter.value;
    document.documentElement.dataset.theme = theme;
    for (const switcher of document.querySelectorAll("theme-switch")) switcher.press(theme);
    document.dispatchEvent(new Event("themechange"));
    fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
  }

  press(theme) {
    for (const button of this.querySelectorAll("button")) button.setAttribute("aria-pressed", button.value === theme);
  }
}

customElements.define("theme-switch", ThemeSwitch);
