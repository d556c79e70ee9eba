// <answer-stream data-stopped="Stopped."> around a form whose answer is an event stream: "delta" brings text as
// [[key, number of the answer, text], …], "exchange" begins it, partials bring everything else, "done" ends it. A stream that ends without
// "done" was stopped or lost: what came stays and is marked so.
class AnswerStream extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.addEventListener("exchange", () => this.begin());
    this.addEventListener("delta", (event) => this.write(JSON.parse(event.detail.data)));
    this.addEventListener("click", (event) => event.target.closest("[data-stop]") && this.stop());
    this.form.addEventListener("htmx:finally:request", () => this.finish());
  }

  disconnectedCallback() {
    this.stop();
  }

  // What was wrong before is right now.
  begin() {
    for (const error of this.querySelectorAll(".field__error, [role=alert]")) error.remove();
    for (const field of this.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    this.querySelector("[data-state]").scrollIntoView({ block: "nearest" });
  }

  write(pieces) {
    for (const [key, number, text] of pieces) document.getElementById(`answer-${key}-${number}`)?.append(text);
  }

  stop() {
    this.form.dispatchEvent(new Event("htmx:abort"));
  }

  finish() {
    const open = this.querySelectorAll("[aria-busy=true]");
    for (const answers of open) this.mark(answers);
    if (open.length) document.dispatchEvent(new Event("answers-stopped"));
  }

  mark(answers) {
    answers.setAttribute("aria-busy", "false");
    for (const bubble of answers.querySelectorAll(".bubble--waiting")) {
      bubble.classList.remove("bubble--waiting");
      if (!bubble.textContent) bubble.remove();
    }
    const said = Object.assign(document.createElement("span"), { className: "strip__text", textContent: this.dataset.stopped });
    const strip = Object.assign(document.createElement("div"), { className: "strip strip--info" });
    strip.append(said);
    answers.append(strip);
  }
}

customElements.define("answer-stream", AnswerStream);
