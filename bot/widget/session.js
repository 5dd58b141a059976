// Who this browser is to the server: a signed cookie, or inside another site's frame a token for this tab.

const TOKEN_KEY = "wj-embed-token";
const isEmbedded = document.documentElement.classList.contains("embedded");

export class RequestFailed extends Error {
  constructor(status, error) {
    super(error.message || "网络暂时不通，请稍后再试。");
    this.status = status;
    this.code = error.code || "network";
    this.retryAfterSeconds = error.retry_after_seconds;
  }
}

export class Session {
  constructor() {
    this.conversation = null;
    this.maxText = 1000;
    this.token = isEmbedded ? readToken() : "";
    this.onToken = () => {};
  }

  // Continue or begin a conversation; true when it is another one than before.
  async open() {
    let answer;
    try {
      answer = await this.post("/chat/session", isEmbedded ? { embed: true } : {});
    } catch (error) {
      if (error.status !== 401 || !this.token) throw error;
      this.#keepToken("");
      answer = await this.post("/chat/session", { embed: true });
    }
    const isOther = this.conversation !== null && this.conversation !== answer.conversation;
    this.conversation = answer.conversation;
    this.maxText = answer.max_text;
    if (answer.token) this.#keepToken(answer.token);
    return isOther;
  }

  async leave() {
    await this.post("/chat/leave", {});
    this.#keepToken("");
  }

  headers() {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  post(path, body) {
    return this.request(path, {
      method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
    });
  }

  async request(path, options = {}) {
    let response;
    try {
      response = await fetch(path, {
        credentials: "same-origin", cache: "no-store", ...options,
        headers: { ...options.headers, ...this.headers() },
      });
    } catch {
      throw new RequestFailed(0, {});
    }
    if (response.ok) return response.status === 204 ? {} : response.json();
    const body = await response.json().catch(() => ({}));
    throw new RequestFailed(response.status, body.error || {});
  }

  #keepToken(token) {
    this.token = token;
    this.onToken(token);
    try {
      if (token) sessionStorage.setItem(TOKEN_KEY, token);
      else sessionStorage.removeItem(TOKEN_KEY);
    } catch { /* storage is switched off: the token lives as long as the page */ }
  }
}

// The page around the frame hands back the token it was given; many browsers allow a frame no storage of its own.
function readToken() {
  const given = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  if (given) return given;
  try {
    return sessionStorage.getItem(TOKEN_KEY) || "";
  } catch {
    return "";
  }
}
