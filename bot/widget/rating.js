// 好差评: five levels under an answer. Arrow keys choose, a button sends, so that nothing is sent by accident.

import { el } from "./dom.js";

const LEVELS = [[5, "非常满意"], [4, "满意"], [3, "基本满意"], [2, "不满意"], [1, "非常不满意"]];
let count = 0;

export function ratingForm(onRate, question) {
  const name = `rating-${(count += 1)}`;
  const submit = el("button", { type: "submit", class: "button secondary", hidden: true }, "提交评价");
  const state = el("p", { class: "rating-state", role: "status" });
  const levels = LEVELS.map(([score, label]) =>
    el("label", { class: "level" }, el("input", { type: "radio", name, value: score }), el("span", {}, label)));
  const element = el("form", { class: "rating" },
    el("fieldset", {}, el("legend", {}, question), el("div", { class: "levels" }, levels)), submit, state);

  const showDone = (score) => finish(`感谢您的评价：${LEVELS.find(([level]) => level === score)?.[1] || ""}`);
  const finish = (sentence) => {
    const hadFocus = element.contains(document.activeElement);
    element.replaceChildren(state);
    state.textContent = sentence;
    if (!hadFocus) return;
    state.tabIndex = -1;
    state.focus({ preventScroll: true });
  };
  element.addEventListener("change", () => { submit.hidden = false; });
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    const score = Number(new FormData(element).get(name));
    submit.disabled = true;
    try {
      await onRate(score);
      return showDone(score);
    } catch (error) {
      if (error.status === 409) return finish(error.message); // rated before, or no longer to be rated
      state.textContent = error.message;
      submit.disabled = false;
    }
  });
  return { element, showDone };
}
