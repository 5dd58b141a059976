// The conversation on the screen: own messages, answers, what still waits for an answer.

import { renderReply } from "./cards.js";
import { byId, clockTime, el } from "./dom.js";
import { greeting } from "./greeting.js";
import { ratingForm } from "./rating.js";

const STILL_WORKING_AFTER = 8000;
const NEAR_THE_END = 80; // pixels from the bottom that still count as reading the newest
const TITLE = document.title;

export class Log {
  #handlers;
  #root = byId("log");
  #own = new Map(); // client id → element
  #unanswered = new Set(); // numbers of own messages
  #ratings = new Map(); // message id → rating form
  #lines = []; // for copy and download: {who, at, text}
  #replayUntil = Infinity;
  #workingTimer = null;
  #jump = el("button", { type: "button", class: "jump", hidden: true }, "有新的工单进展，点这里查看 ↓");

  constructor(handlers) {
    this.#handlers = handlers;
    this.#root.after(this.#jump);
    this.#jump.addEventListener("click", () => this.#goToNotice());
    this.#root.addEventListener("scroll", () => { if (this.#isAtEnd()) this.#jump.hidden = true; });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = TITLE; });
    this.clear();
  }

  get lines() {
    return this.#lines;
  }

  clear() {
    this.#own.clear();
    this.#unanswered.clear();
    this.#ratings.clear();
    this.#lines = [];
    this.#replayUntil = Infinity;
    this.#root.setAttribute("aria-busy", "true"); // a screen reader is not read the whole past
    this.#jump.hidden = true;
    this.#root.replaceChildren(greeting((text) => this.#choose(text)));
    this.#showWaiting();
  }

  readyAt(lastSeq) {
    this.#replayUntil = lastSeq;
    if (lastSeq === 0) this.#endReplay();
  }

  // An own message before the server has it.
  addOwn(item) {
    if (this.#own.has(item.clientId)) return;
    const entry = this.#ownEntry(item);
    this.#hideQuickReplies();
    this.#root.append(entry);
    this.#showWaiting();
    this.#scrollTo(entry);
  }

  #ownEntry(item) {
    const state = el("span", { class: "own-state" }, "发送中");
    const body = el("p", { class: "bubble", "data-verbatim": true, dir: "auto" }, item.text);
    const entry = el("div", { class: "entry own", tabindex: "-1" },
      el("span", { class: "visually-hidden" }, "您说："), body, el("p", { class: "meta" }, state));
    this.#own.set(item.clientId, entry);
    return entry;
  }

  // What the server has numbered stands before what it does not have yet.
  #insert(entry) {
    this.#root.insertBefore(entry, this.#root.querySelector(".entry.own:not([data-confirmed])"));
  }

  // The server will not take it: it goes back to the input box.
  withdraw(clientId) {
    this.#own.get(clientId)?.remove();
    this.#own.delete(clientId);
    this.#showWaiting();
  }

  add(message) {
    if (message.kind === "text") this.#confirmOwn(message);
    else if (message.kind === "turn") this.#addTurn(message);
    else if (message.kind === "rating") this.#ratings.get(message.message_id)?.showDone(message.score);
    if (this.#replayUntil && message.seq >= this.#replayUntil) this.#endReplay();
    this.#showWaiting();
  }

  #confirmOwn(message) {
    let entry = this.#own.get(message.client_id);
    if (!entry) {
      entry = this.#ownEntry({ clientId: message.client_id, text: message.text });
      this.#hideQuickReplies();
      this.#insert(entry);
    }
    entry.querySelector(".meta").replaceChildren(el("time", { datetime: message.at }, clockTime(message.at)));
    entry.dataset.confirmed = "";
    this.#unanswered.add(message.seq);
    this.#lines.push({ who: "我", at: message.at, text: message.text });
  }

  #addTurn(message) {
    const { result } = message;
    const isNotice = message.reply_to === null; // told unasked: what the citizen is doing goes on
    const mayScroll = !isNotice || this.#mayScroll();
    this.#unanswered.delete(message.reply_to);
    if (!isNotice) this.#hideQuickReplies();
    const entry = el("div", { class: "entry answer", "data-outcome": result.outcome, tabindex: "-1" },
      el("span", { class: "visually-hidden" }, isNotice ? "工单进展：" : "助手答复："));
    for (const reply of result.replies) {
      entry.append(renderReply(reply, (text) => this.#choose(text)));
      this.#lines.push({ who: "助手", at: message.at, text: reply.text });
    }
    const quickReplies = result.replies.flatMap((reply) => reply.quick_replies);
    if (quickReplies.length) entry.append(this.#quickReplies(quickReplies));
    if (isNotice) this.#closeRatings(result.replies.map((reply) => reply.data.number));
    if (result.message_id && result.replies.some((reply) => reply.data.ratable)) {
      const question = isNotice ? "您对办理结果满意吗？" : "这条答复您满意吗？";
      const rating = ratingForm((score) => this.#handlers.onRate(result.message_id, score), question);
      this.#ratings.set(result.message_id, rating);
      rating.element.dataset.order = result.replies[0].data.number || "";
      entry.append(rating.element);
    }
    entry.append(el("p", { class: "meta" }, el("time", { datetime: message.at }, clockTime(message.at))));
    this.#insert(entry);
    if (mayScroll) this.#scrollTo(entry);
    if (isNotice && !this.#replayUntil) this.#tellNews(entry, mayScroll);
  }

  // An order that went on is not rated by its older notice any more.
  #closeRatings(numbers) {
    for (const form of this.#root.querySelectorAll(".rating[data-order]")) {
      if (numbers.includes(form.dataset.order) && form.querySelector("fieldset")) form.remove();
    }
  }

  // Who reads further up, or has the focus on something in the log, is not carried away.
  #mayScroll() {
    const active = document.activeElement;
    return this.#isAtEnd() && (active === this.#root || !this.#root.contains(active));
  }

  #isAtEnd() {
    return this.#root.scrollHeight - this.#root.scrollTop - this.#root.clientHeight < NEAR_THE_END;
  }

  #tellNews(entry, isShown) {
    entry.dataset.notice = "";
    this.#jump.hidden = isShown;
    if (document.hidden) document.title = `有新的工单进展 - ${TITLE}`;
    this.#handlers.onNews();
  }

  #goToNotice() {
    const entry = [...this.#root.querySelectorAll("[data-notice]")].at(-1);
    this.#jump.hidden = true;
    this.#scrollTo(entry);
    entry.focus({ preventScroll: true });
  }

  #quickReplies(texts) {
    const chips = texts.map((text) =>
      el("li", {}, el("button", { type: "button", class: "chip", onclick: () => this.#choose(text) }, text)));
    return el("ul", { class: "chips", "aria-label": "可以直接点选" }, chips);
  }

  // A tap on a chip or a choice is an ordinary message. The focus moves to it, because the chips go away.
  #choose(text) {
    this.#handlers.onSend(text);
    [...this.#own.values()].at(-1)?.focus({ preventScroll: true });
  }

  #hideQuickReplies() {
    for (const chips of this.#root.querySelectorAll(".entry.answer .chips")) chips.remove();
  }

  #showWaiting() {
    const waiting = byId("waiting");
    const unsent = [...this.#own.values()].some((entry) => !("confirmed" in entry.dataset));
    const isWaiting = this.#unanswered.size > 0;
    waiting.hidden = !isWaiting;
    waiting.classList.toggle("is-unsent", unsent);
    clearTimeout(this.#workingTimer);
    if (!isWaiting) {
      waiting.replaceChildren();
      return;
    }
    const text = el("span", {}, "正在查找");
    waiting.replaceChildren(text, el("span", { class: "dots", "aria-hidden": "true" }));
    this.#workingTimer = setTimeout(() => { text.textContent = "还在处理，请稍候"; }, STILL_WORKING_AFTER);
  }

  #endReplay() {
    this.#replayUntil = 0;
    this.#root.removeAttribute("aria-busy");
    const last = this.#lines.length ? this.#root.lastElementChild : null;
    if (last) this.#scrollTo(last);
  }

  // Show the beginning of what is new: a long answer is read from its first line.
  #scrollTo(entry) {
    if (!this.#replayUntil) this.#root.scrollTop = entry.offsetTop - 12; // the log is the offset parent
  }
}
