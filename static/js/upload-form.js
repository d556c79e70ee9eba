// <upload-form> around a plain multipart form: sends it with progress, can cancel, and shows the server's refusal in
// place. The server answers as to htmx: a redirect in HX-Redirect, or a page whose sentences carry [data-sentence].
class UploadForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.bar = this.querySelector(".upload__bar");
    this.alert = this.querySelector("[role=alert]");
    this.form.addEventListener("submit", (event) => this.send(event));
    this.form.addEventListener("change", () => this.sayChosen());
    this.bar.querySelector("button").onclick = () => this.request.abort();
    for (const zone of this.querySelectorAll(".drop")) this.watch(zone);
  }

  watch(zone) {
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("is-over"));
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  }

  sayChosen() {
    for (const zone of this.querySelectorAll(".drop")) {
      const files = [...zone.querySelector("input").files];
      zone.querySelector(".drop__chosen").textContent = files.map((file) => `${file.name} · ${this.size(file.size)}`).join(", ");
    }
  }

  send(event) {
    event.preventDefault();
    this.refuse("");
    this.started = performance.now();
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", this.form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("HX-Request-Type", "partial");
    request.upload.onprogress = ({ loaded, total }) => this.sayProgress(loaded, total);
    request.onload = () => this.finish(request);
    request.onerror = () => this.stop(this.dataset.lost);
    request.onabort = () => this.stop(this.dataset.cancelled);
    request.send(new FormData(this.form, event.submitter));
    this.busy(true);
  }

  finish(request) {
    const target = request.getResponseHeader("HX-Redirect");
    if (target) return location.assign(target);
    this.stop(this.sentences(request) || `${request.status} ${request.statusText}`);
  }

  sentences(request) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const roots = [page, ...[...page.querySelectorAll("template")].map((template) => template.content)];
    const found = roots.flatMap((root) => [...root.querySelectorAll("[data-sentence]")]);
    return found.map((element) => element.textContent.trim()).join(" ");
  }

  stop(sentence) {
    this.busy(false);
    this.refuse(sentence);
  }

  refuse(sentence) {
    this.alert.hidden = !sentence;
    this.alert.querySelector("span").textContent = sentence;
  }

  busy(on) {
    this.bar.hidden = !on;
    for (const control of this.form.querySelectorAll("button")) control.disabled = on;
  }

  sayProgress(sent, total) {
    const progress = this.bar.querySelector("progress");
    const seconds = Math.ceil(((performance.now() - this.started) / 1000) * (total / sent - 1));
    if (sent < total) progress.value = sent / total;
    else progress.removeAttribute("value");
    const words = sent < total ? this.dataset.sending : this.dataset.waiting;
    const values = { sent: this.size(sent), total: this.size(total), left: this.duration(seconds) };
    this.bar.querySelector(".upload__said").textContent = words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // In steps of 1024, as the server's limit is set.
  size(bytes) {
    const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
    const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][power];
    const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: power ? 1 : 0 };
    return (bytes / 1024 ** power).toLocaleString(document.documentElement.lang, style);
  }

  duration(seconds) {
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
}

customElements.define("upload-form", UploadForm);
