// The line to the server: WebSocket first, then server-sent events, then polling. All deliver the same numbered
// messages; after a break the next line begins behind the last number that arrived.

import { pollMessages, streamEvents, openSocket } from "./transports.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;
const TRANSPORTS = [openSocket, streamEvents, pollMessages];

export class Connection {
  #session;
  #handlers;
  #transport = 0;
  #failures = 0;
  #line = null;
  #wakeUp = null;

  // handlers: onMessage(message), onError(error), onReady(lastSeq), onState("online"|"offline"), onOther()
  constructor(session, handlers) {
    this.#session = session;
    this.#handlers = handlers;
    this.lastSeq = 0;
    this.isOnline = false;
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.#line?.close());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.hurry(); });
  }

  async run() {
    for (;;) {
      const end = await this.#connect();
      this.#setOnline(false);
      if (end === "was ready") this.#failures = 0;
      else this.#failures += 1;
      // The server answers but this kind of line does not get through (a proxy, an old browser): take the next kind.
      if (end === "not ready") this.#transport = (this.#transport + 1) % TRANSPORTS.length;
      const rounds = end === "not ready" ? Math.floor(this.#failures / TRANSPORTS.length) : this.#failures;
      await this.#pause(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** rounds) * (0.7 + Math.random() * 0.6));
    }
  }

  // Hand over one message; false when there is no line to take it.
  send(item) {
    if (!this.isOnline || !this.#line) return false;
    this.#line.send(item);
    return true;
  }

  // The line seems dead (nothing came back): begin anew.
  restart() {
    this.#line?.close();
  }

  hurry() {
    this.#wakeUp?.();
  }

  async #connect() {
    try {
      if (await this.#session.open()) {
        this.lastSeq = 0;
        this.#handlers.onOther();
      }
    } catch {
      return "unreachable";
    }
    let end = "not ready";
    const take = (event) => {
      if (event.type === "ready") {
        end = "was ready";
        this.#setOnline(true);
        this.#handlers.onReady(event.last_seq);
      } else if (event.type === "message") {
        this.#take(event);
      } else if (event.type === "error") {
        this.#handlers.onError(event);
      }
    };
    try {
      this.#line = TRANSPORTS[this.#transport](this.#session, this.lastSeq, take);
      await this.#line.closed;
    } catch {
      // this browser does not have this kind of line
    }
    this.#line = null;
    return end;
  }

  #take(message) {
    if (message.seq <= this.lastSeq) return;
    this.lastSeq = message.seq;
    this.#handlers.onMessage(message);
  }

  #setOnline(isOnline) {
    if (this.isOnline === isOnline && isOnline) return;
    this.isOnline = isOnline;
    this.#handlers.onState(isOnline ? "online" : "offline");
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeUp = () => { clearTimeout(timer); resolve(); };
    });
  }
}
