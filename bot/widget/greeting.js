// What a citizen sees first: what the assistant can do, six ways to begin, and what happens with their words.

import { el } from "./dom.js";

const ABILITIES = [
  ["办事怎么办", "带什么、去哪办、多久、多少钱，能网上办的先告诉您入口"],
  ["诉求登记", "投诉、举报、求助、建议都可以说，登记后给您工单编号"],
  ["查工单", "凭工单编号和查询码看办理到哪一步"],
];

const STARTERS = ["办身份证", "医保", "社保卡", "开店办执照", "投诉举报", "查工单"];

export function greeting(onChoose) {
  const abilities = ABILITIES.map(([name, text]) =>
    el("li", {}, el("strong", {}, name), el("span", {}, text)));
  const starters = STARTERS.map((text) =>
    el("li", {}, el("button", { type: "button", class: "chip", onclick: () => onChoose(text) }, text)));
  return el("div", { class: "entry greeting" },
    el("section", { class: "card greeting-card", "aria-label": "欢迎" },
      el("h3", { class: "greeting-title" }, "您好，请问要办什么事？"),
      el("p", {}, "用普通话、粤语写法或繁体字都可以。一次说一件事，我更容易听懂。"),
      el("ul", { class: "chips starters", "aria-label": "常见问题，可以直接点选" }, starters),
      el("ul", { class: "abilities" }, abilities),
      el("p", { class: "privacy-note" },
        "由程序自动答复，仅供参考。请不要发送身份证号、银行卡号和密码。紧急情况请直接拨打 110、119、120。")));
}
