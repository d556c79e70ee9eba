// <time-ago><time datetime="…" title="…">3 minutes ago</time></time-ago>: keeps the words true, and the title in the
// reader's own zone.
const STEPS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const REFRESH = 15_000;

class TimeAgo extends HTMLElement {
  static words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  static absolute = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });

  connectedCallback() {
    this.timer = setInterval(() => this.say(), REFRESH);
    this.say();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  say() {
    const time = this.querySelector("time");
    const moment = new Date(time.dateTime);
    time.textContent = TimeAgo.words.format(...this.distance(moment));
    time.title = TimeAgo.absolute.format(moment);
  }

  distance(moment) {
    const seconds = Math.round((moment - Date.now()) / 1000);
    const [unit, size] = STEPS.find(([, least]) => Math.abs(seconds) >= least) ?? STEPS.at(-1);
    return [Math.trunc(seconds / size), unit];
  }
}

customElements.define("time-ago", TimeAgo);
