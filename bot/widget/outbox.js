// Messages that the server has not confirmed yet. They are kept in this browser until it has, so neither a broken
// line nor a closed tab loses one; the client id makes sending twice harmless. One at a time, so the order holds.

const KEY = "wj-outbox";
const CONFIRMED_WITHIN = 10000;
const TRY_AGAIN = new Set(["rate_limited", "queue_full", "internal_error", "network", "unauthorized"]);

export class Outbox {
  #connection = null;
  #items = read();
  #sent = null; // client id that is on its way
  #timer = null;

  attach(connection) {
    this.#connection = connection;
  }

  // Items of another conversation belong to whoever used this browser before; they are not sent.
  adopt(conversation) {
    this.#items = this.#items.filter((item) => item.conversation === null || item.conversation === conversation);
    for (const item of this.#items) item.conversation = conversation;
    this.#write();
    return this.#items;
  }

  add(text, conversation) {
    const item = { clientId: newId(), text, conversation };
    this.#items.push(item);
    this.#write();
    this.flush();
    return item;
  }

  // Send the oldest message, unless it is on its way already.
  flush() {
    const item = this.#items[0];
    if (!item || this.#sent === item.clientId || !this.#connection.send(item)) return;
    this.#sent = item.clientId;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#sent = null;
      this.#connection.restart();
    }, CONFIRMED_WITHIN);
  }

  // The line is new: whatever was on its way may be lost.
  resend() {
    this.#sent = null;
    this.flush();
  }

  confirm(clientId) {
    this.#remove(clientId);
    this.flush();
  }

  // Returns the text when the server will never take it, so that the citizen can change it; null when it is tried again.
  refuse(clientId, code, retryAfterSeconds) {
    const item = this.#items.find((candidate) => candidate.clientId === clientId);
    if (!item) return null;
    clearTimeout(this.#timer);
    if (TRY_AGAIN.has(code)) {
      this.#timer = setTimeout(() => this.resend(), Math.max(1, retryAfterSeconds || 3) * 1000);
      return null;
    }
    this.#remove(clientId);
    this.flush();
    return item.text;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#items = [];
    this.#sent = null;
    this.#write();
  }

  #remove(clientId) {
    if (this.#sent === clientId) {
      this.#sent = null;
      clearTimeout(this.#timer);
    }
    this.#items = this.#items.filter((item) => item.clientId !== clientId);
    this.#write();
  }

  #write() {
    try {
      if (this.#items.length) localStorage.setItem(KEY, JSON.stringify(this.#items));
      else localStorage.removeItem(KEY);
    } catch { /* storage is switched off: memory has to do */ }
  }
}

function read() {
  try {
    const items = JSON.parse(localStorage.getItem(KEY) || "[]");
    return Array.isArray(items) ? items.filter((item) => item && item.clientId && item.text) : [];
  } catch {
    return [];
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
