// The input box: grows with the text, counts characters, sends with Enter, keeps what could not be sent.

import { byId } from "./dom.js";

export class Composer {
  #onSend;
  #limit = 1000;
  #form = byId("composer");
  #input = byId("message");
  #error = byId("composer-error");

  constructor({ onSend }) {
    this.#onSend = onSend;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("keydown", (event) => {
      const isComposing = event.isComposing || event.keyCode === 229; // an input method is choosing characters
      if (event.key !== "Enter" || event.shiftKey || isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#changed();
  }

  focus() {
    this.#input.focus();
  }

  setLimit(limit) {
    this.#limit = limit;
    this.#count();
  }

  complain(message) {
    this.#error.textContent = message;
    this.#input.setAttribute("aria-invalid", "true");
  }

  // Text that was refused comes back, before whatever has been typed since.
  giveBack(text, message) {
    const since = this.#input.value.trim();
    this.#input.value = since ? `${text}\n${since}` : text;
    this.#changed();
    this.complain(message);
    this.focus();
  }

  #submit() {
    const text = this.#input.value.trim();
    const length = [...text].length;
    if (!length) {
      this.complain("请输入内容后再发送。");
      this.focus();
      return;
    }
    if (length > this.#limit) {
      this.complain(`您的消息有 ${length} 个字，最多 ${this.#limit} 个字。请缩短后再发送。`);
      this.focus();
      return;
    }
    this.#input.value = "";
    this.#changed();
    this.#onSend(text);
  }

  #changed() {
    this.#error.textContent = "";
    this.#input.removeAttribute("aria-invalid");
    if (!CSS.supports("field-sizing", "content")) {
      this.#input.style.height = "auto";
      this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
    }
    this.#count();
  }

  #count() {
    const length = [...this.#input.value.trim()].length;
    const counter = byId("counter");
    counter.textContent = length > 0 ? `${length}/${this.#limit} 字` : "";
    counter.classList.toggle("is-over", length > this.#limit);
  }
}
