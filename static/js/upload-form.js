// <upload-form data-uploads="/uploads"> around a plain multipart form: sends its file in chunks that survive a broken
// connection and a closed browser, then the form with `upload_id` in the place of the file. The form is answered as to
// htmx: a redirect in HX-Redirect, or a page whose sentences carry [data-sentence].
import { fingerprint, ResumableUpload } from "./resumable-upload.js";
import { formatSeconds, formatSize, Pace } from "./units.js";
import { ask, Refused } from "./upload-request.js";

// Signed out, no longer allowed, no room: what came is kept for later.
const KEPT = [401, 403, 507];

class UploadForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.bar = this.querySelector(".upload__bar");
    this.alert = this.querySelector("[role=alert]");
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.form.addEventListener("change", (event) => event.target.type === "file" && this.choose(event.target));
    this.button("pause").onclick = () => this.upload.pause(true);
    this.button("resume").onclick = () => this.upload.pause(false);
    this.button("cancel").onclick = () => this.upload.cancel();
    for (const zone of this.querySelectorAll(".drop")) this.watch(zone);
  }

  button(name) {
    return this.bar.querySelector(`[data-${name}]`);
  }

  watch(zone) {
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("is-over"));
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  }

  async choose(input) {
    const said = [...input.files].map((file) => `${file.name} · ${formatSize(file.size)}`);
    input.closest(".drop").querySelector(".drop__chosen").textContent = said.join(", ");
    const stopped = input.files.length && !this.upload && (await this.stopped(input.files[0]));
    if (stopped) this.goOn(stopped);
  }

  // What is known of an earlier upload of this very file.
  async stopped(file) {
    const known = [...this.querySelectorAll("#open-uploads [data-fingerprint]")].filter(
      ({ dataset: { filename, size, modified } }) =>
        filename === file.name.trim() && Number(size) === file.size && Number(modified) === file.lastModified,
    );
    const digest = known.length && (await fingerprint(file).catch(() => ""));
    return known.find(({ dataset }) => dataset.fingerprint === digest);
  }

  goOn({ dataset }) {
    const name = this.form.elements.name;
    if (name && !name.value) name.value = dataset.name;
    this.form.requestSubmit();
  }

  async submit(event) {
    if (!this.dataset.uploads) return;
    event.preventDefault();
    if (this.upload) return;
    const [file] = this.form.querySelector("input[type=file]").files;
    this.busy(true);
    try {
      this.finish(await this.send(file));
    } catch (error) {
      this.stop(error, file);
    }
  }

  // The server's answer to the form.
  async send(file) {
    this.pace = new Pace();
    const { name, dataset_id } = this.form.elements;
    const upload = (this.upload = new ResumableUpload(this.dataset.uploads, file, (...told) => this.say(file, ...told)));
    await upload.send({ name: name?.value, dataset_id: Number(dataset_id?.value) || null });
    this.querySelector(`#upload-${upload.id}`)?.remove();
    return upload.insist(() => this.post(), "unanswered");
  }

  // What was typed meanwhile counts. The file's field is disabled and stays out.
  post() {
    const fields = new FormData(this.form);
    fields.set("upload_id", this.upload.id);
    this.say(this.upload.file, "finishing", this.upload.file.size);
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
    const { request, answered } = ask("POST", this.form.action, { body: fields, headers });
    this.upload.request = request;
    return answered;
  }

  finish(answer) {
    const target = answer.getResponseHeader("HX-Redirect");
    if (target) return location.assign(target);
    const page = new DOMParser().parseFromString(answer.responseText, "text/html");
    const roots = [page, ...[...page.querySelectorAll("template")].map((template) => template.content)];
    const found = roots.flatMap((root) => [...root.querySelectorAll("[data-sentence]")]);
    throw new Refused(found.map((element) => element.textContent.trim()).join(" ") || `${answer.status} ${answer.statusText}`);
  }

  stop(error, file) {
    if (!(error instanceof Refused)) console.error(error);
    const sentence = this.dataset[error.message] ?? error.message;
    const isKept = KEPT.includes(error.status) && this.upload.offset > 0;
    const kept = isKept ? this.fill(this.dataset.kept, file, this.upload.offset) : "";
    this.upload = null;
    this.busy(false);
    this.refuse(`${sentence} ${kept}`.trim());
  }

  refuse(sentence) {
    this.alert.hidden = !sentence;
    this.alert.querySelector("span").textContent = sentence;
  }

  busy(on) {
    this.refuse("");
    this.bar.hidden = !on;
    for (const control of this.form.querySelectorAll("button, input[type=file]")) control.disabled = on;
  }

  say(file, state, sent) {
    const isOver = state === "finishing" || state === "unanswered";
    const focused = this.bar.querySelector(":focus");
    const progress = this.bar.querySelector("progress");
    this.bar.dataset.state = state;
    if (isOver) progress.removeAttribute("value");
    else progress.value = sent / file.size;
    this.button("pause").hidden = isOver || state === "paused";
    this.button("resume").hidden = state !== "paused";
    this.button("cancel").hidden = isOver;
    if (focused?.hidden) this.bar.querySelector("button:not([hidden])")?.focus();
    const speed = state === "sending" ? this.pace.measure(sent) : this.pace.forget();
    const words = this.dataset[state === "sending" && !speed ? "starting" : state];
    const said = this.bar.querySelector(".upload__said");
    said.textContent = this.fill(words, file, sent, speed);
    said.setAttribute("aria-live", state === "sending" ? "off" : "polite");
  }

  fill(words, file, sent, speed = 0) {
    const left = formatSeconds((file.size - sent) / speed);
    const values = { sent: formatSize(sent), total: formatSize(file.size), speed: formatSize(speed), left };
    return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
}

customElements.define("upload-form", UploadForm);
