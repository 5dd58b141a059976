// From a reply to what is drawn. A kind that is not known is shown as its plain text, which every reply has.

import { answerCard, choicesCard } from "./cards-guide.js";
import { formCard, orderNoticeCard, receiptCard, statusCard } from "./cards-order.js";
import { el, textWithLinks } from "./dom.js";

const RENDERERS = {
  answer: answerCard,
  choices: choicesCard,
  receipt: receiptCard,
  order_status: statusCard,
  order_notice: orderNoticeCard,
  form: formCard,
  notice: noticeCard,
  alarm: alarmCard,
};

const EMERGENCY_NUMBERS = {
  110: "报警", 119: "火警、救援", 120: "医疗急救", 122: "交通事故", 12345: "政务服务便民热线", 12356: "心理援助热线",
};

export function renderReply(reply, onChoose) {
  const render = RENDERERS[reply.kind];
  try {
    if (render) return render(reply, onChoose);
  } catch (error) {
    console.error("card could not be drawn", reply.kind, error); // the text below says the same
  }
  return el("div", { class: "bubble" }, textWithLinks(reply.text));
}

function noticeCard(reply) {
  return el("div", { class: "card notice" }, el("p", { class: "plain" }, ...textWithLinks(reply.text)));
}

// Danger: the numbers first, as large as can be, one tap to call.
function alarmCard(reply) {
  const calls = reply.data.calls?.length ? reply.data.calls : numbersIn(reply.text);
  const links = calls.map(({ number, label }) =>
    el("li", {}, el("a", { class: "alarm-call", href: `tel:${number}` },
      el("strong", {}, number), el("span", {}, label || EMERGENCY_NUMBERS[number] || "拨打"))));
  return el("section", { class: "card alarm", role: "alert", "aria-label": "紧急提示" },
    el("p", { class: "alarm-text plain" }, reply.text),
    links.length ? el("ul", { class: "alarm-calls" }, links) : null);
}

function numbersIn(text) {
  const found = new Set(text.match(/(?<!\d)(?:110|119|120|122|12345|12356)(?!\d)/g) || []);
  return [...found].map((number) => ({ number, label: EMERGENCY_NUMBERS[number] }));
}
