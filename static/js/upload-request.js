// One request of an upload, with progress on the way up, that can be given up: `ask(…).request.abort()`.
const STALLED_SECONDS = 60;
const TRY_AGAIN = [0, 408, 425, 429, 500, 502, 503, 504];

// The server or the person said no: trying again would change nothing. Any other error is worth another try.
export class Refused extends Error {
  constructor(sentence, status = 0) {
    super(sentence);
    this.status = status;
  }
}

export function ask(method, address, { body = null, headers = {}, progress } = {}) {
  const request = new XMLHttpRequest();
  const answered = new Promise((resolve, reject) => {
    let timer;
    const stayAlive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALLED_SECONDS * 1000);
    };
    request.open(method, address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => { stayAlive(); progress?.(loaded); };
    request.onload = () => (TRY_AGAIN.includes(request.status) ? reject(new Error("no answer")) : resolve(request));
    request.onerror = request.onabort = () => reject(new Error("no connection"));
    request.onloadend = () => clearTimeout(timer);
    request.send(body);
    stayAlive();
  });
  return { request, answered };
}

export function sentenceOf(request) {
  try {
    return JSON.parse(request.responseText).error.message;
  } catch {
    return `${request.status} ${request.statusText}`;
  }
}
