/* Embeds the chat into any page:
 *
 *   <script src="https://chat.example.gov.cn/widget.js" defer
 *     data-label="在线咨询" data-position="right" data-color="#1455a5" data-open="false"></script>
 *
 * data-label: text of the button · data-position: right or left · data-color: background of the button (keep the
 * contrast to white at 4.5 or more) · data-open: "true" opens the chat with the page.
 * The page's address must be listed among the embed origins of the server.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.wujiangChat) return;
  const origin = new URL(script.src).origin;
  const label = script.dataset.label || "在线咨询";
  const side = script.dataset.position === "left" ? "left" : "right";
  const color = /^#[0-9a-f]{6}$/i.test(script.dataset.color || "") ? script.dataset.color : "#1455a5";
  const narrow = window.matchMedia("(max-width: 520px)");

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const button = document.createElement("button");
  const panel = document.createElement("div");
  const guards = [document.createElement("span"), document.createElement("span")];
  let frame = null;

  const style = (element, values) => Object.assign(element.style, values);
  style(host, { position: "static" });
  button.type = "button";
  const name = (text) => { button.textContent = text; };
  name(label);
  button.setAttribute("aria-expanded", "false");
  style(button, {
    position: "fixed", bottom: "24px", [side]: "24px", zIndex: "2147483000", padding: "14px 22px", border: "2px solid #fff",
    borderRadius: "28px", background: color, color: "#fff", font: "600 17px/1.2 system-ui, sans-serif", cursor: "pointer",
    boxShadow: "0 4px 16px rgba(11, 58, 117, .35)",
  });
  button.addEventListener("focus", () => style(button, { outline: "3px solid #ffb300", outlineOffset: "2px" }));
  button.addEventListener("blur", () => style(button, { outline: "" }));

  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", label);
  panel.hidden = true;

  const place = () => {
    const isFull = narrow.matches;
    style(panel, {
      position: "fixed", zIndex: "2147483001", background: "#fff", overflow: "hidden",
      inset: isFull ? "0" : `auto ${side === "right" ? "24px" : "auto"} 24px ${side === "left" ? "24px" : "auto"}`,
      width: isFull ? "100%" : "400px", height: isFull ? "100%" : "min(680px, calc(100vh - 48px))",
      borderRadius: isFull ? "0" : "14px", boxShadow: "0 10px 40px rgba(11, 58, 117, .35)",
    });
    // Over the whole screen it is modal: the focus stays inside. Beside the page it is not.
    if (isFull) panel.setAttribute("aria-modal", "true");
    else panel.removeAttribute("aria-modal");
    for (const guard of guards) guard.tabIndex = isFull ? 0 : -1;
  };
  for (const guard of guards) guard.addEventListener("focus", () => frame?.focus());

  // The conversation goes on when the citizen moves to another page of this site, in this tab only.
  const TOKEN = "wj-chat-token";
  const recall = () => {
    try { return sessionStorage.getItem(TOKEN) || ""; } catch { return ""; }
  };
  const keep = (token) => {
    try {
      if (token) sessionStorage.setItem(TOKEN, token);
      else sessionStorage.removeItem(TOKEN);
    } catch { /* storage is switched off: the conversation lasts as long as the page */ }
  };

  const load = () => {
    frame = document.createElement("iframe");
    frame.title = label;
    frame.src = `${origin}/embed#${recall()}`; // what stands behind # is not sent over the network
    frame.allow = "clipboard-write";
    style(frame, { width: "100%", height: "100%", border: "0", display: "block" });
    frame.addEventListener("load", tellOpened);
    panel.append(guards[0], frame, guards[1]);
  };
  const tellOpened = () => {
    if (panel.hidden) return;
    frame.focus();
    frame.contentWindow.postMessage({ source: "wj-widget", type: "opened" }, origin);
  };

  function open() {
    panel.hidden = false;
    button.hidden = true;
    name(label);
    button.setAttribute("aria-expanded", "true");
    if (frame) tellOpened();
    else load();
  }

  function close() {
    panel.hidden = true;
    button.hidden = false;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }

  button.addEventListener("click", open);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  window.addEventListener("message", (event) => {
    const isOurs = frame && event.source === frame.contentWindow && event.origin === origin;
    if (!isOurs || event.data?.source !== "wj-chat") return;
    if (event.data.type === "close") close();
    if (event.data.type === "news" && panel.hidden) name(`${label}（有新消息）`);
    if (event.data.type === "token") keep(String(event.data.token || ""));
  });
  narrow.addEventListener("change", place);
  place();
  root.append(button, panel);
  document.body.append(host);
  window.wujiangChat = { open, close };
  if (script.dataset.open === "true") open();
})();
