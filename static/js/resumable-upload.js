// A file sent to /uploads in chunks, going on after whatever breaks. It knows nothing of the page: `tell(state, offset)`
// is called with "sending", "waiting" (for the connection), "elsewhere" (another window sends it) or "paused".
import { ask, Refused, sentenceOf } from "./upload-request.js";

const PAUSES = [1, 2, 4, 8, 15];
const FINGERPRINT_BYTES = 1 << 20;
// Another window that sends nothing for so many looks has stopped.
const LOOKS = 8;
const LOOK_SECONDS = 1.5;

// Two multiplicative hashes of 32 bits. No secret: it only tells whether a file chosen later is the same, and the
// browser's own digests are missing where a page comes without TLS.
export async function fingerprint(file) {
  const bytes = new Uint8Array(await file.slice(0, FINGERPRINT_BYTES).arrayBuffer());
  let one = 0x811c9dc5;
  let two = 0x9747b28c;
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x5bd1e995) ^ (two >>> 15);
  }
  return [one, two].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

export class ResumableUpload {
  constructor(address, file, tell) {
    Object.assign(this, { address, file, tell, offset: 0, failures: 0, conflicts: 0, isPaused: false, isCancelled: false });
    window.addEventListener("online", () => this.wake?.());
  }

  // The id, once all bytes are at the server.
  async send(fields) {
    const digest = await this.insist(() => fingerprint(this.file));
    const about = { filename: this.file.name, size: this.file.size, modified_ms: this.file.lastModified, fingerprint: digest };
    await this.insist(() => this.begin({ ...fields, ...about }));
    while (this.offset < this.file.size) await this.insist(() => this.append());
    return this.id;
  }

  async begin(about) {
    const headers = { "Content-Type": "application/json" };
    const answer = await this.ask("POST", this.address, { body: JSON.stringify(about), headers });
    const { id, offset, chunk_bytes } = JSON.parse(answer.responseText);
    Object.assign(this, { id, offset, chunkBytes: chunk_bytes });
  }

  async append() {
    if (this.failures) await this.look();
    const at = this.offset;
    if (at === this.file.size) return;
    this.tell("sending", at);
    const answer = await this.ask("PATCH", this.own, {
      body: this.file.slice(at, at + this.chunkBytes),
      headers: { "Upload-Offset": at, "Content-Type": "application/offset+octet-stream" },
      progress: (sent) => this.tell("sending", Math.min(at + sent, this.file.size)),
    });
    this.offset = Number(answer.getResponseHeader("Upload-Offset"));
    this.conflicts = answer.status === 409 ? this.conflicts + 1 : 0;
    if (this.conflicts > 1) await this.follow();
  }

  // Once it may be the rest of a request of ours that was cut off; twice, another window of the person sends the file.
  // That one goes on; this one looks, and takes over when nothing moves any more.
  async follow() {
    for (let looks = 0; looks < LOOKS && this.offset < this.file.size; looks += 1) {
      this.tell("elsewhere", this.offset);
      await this.rest(LOOK_SECONDS);
      await this.untilWanted();
      const before = this.offset;
      await this.look();
      if (this.offset !== before) looks = 0;
    }
    this.conflicts = 0;
  }

  async look() {
    this.offset = Number((await this.ask("GET", this.own)).getResponseHeader("Upload-Offset"));
  }

  // Takes a step until it succeeds or is refused; `state` is told while it waits to try again.
  async insist(step, state = "waiting") {
    for (;;) {
      await this.untilWanted();
      try {
        const result = await step();
        this.failures = 0;
        return result;
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (!this.isPaused && !this.isCancelled) await this.tryLater(state);
      }
    }
  }

  async tryLater(state) {
    await this.file.slice(0, 1).arrayBuffer().catch(() => { throw new Refused("unreadable"); });
    this.tell(state, this.offset);
    await this.rest(PAUSES[Math.min(this.failures, PAUSES.length - 1)]);
    this.failures += 1;
  }

  async untilWanted() {
    while (this.isPaused && !this.isCancelled) {
      this.failures = Math.max(1, this.failures);
      this.tell("paused", this.offset);
      await this.rest();
    }
    if (this.isCancelled) throw new Refused("cancelled");
  }

  // Ends early when the connection is said to be back, or the person wants something.
  rest(seconds) {
    return new Promise((done) => {
      this.wake = done;
      if (seconds) setTimeout(done, seconds * 1000);
    });
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    this.request?.abort();
    this.wake?.();
  }

  cancel() {
    this.isCancelled = true;
    this.pause(false);
    if (this.id) ask("DELETE", this.own);
  }

  get own() {
    return `${this.address}/${this.id}`;
  }

  async ask(method, address, { headers, ...given } = {}) {
    const { request, answered } = ask(method, address, { headers: { Accept: "application/json", ...headers }, ...given });
    this.request = request;
    const answer = await answered;
    const isConflict = answer.status === 409 && answer.getResponseHeader("Upload-Offset") !== null;
    if (answer.status >= 400 && !isConflict) throw new Refused(sentenceOf(answer), answer.status);
    return answer;
  }
}
