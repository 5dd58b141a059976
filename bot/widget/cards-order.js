// Work orders: what has been told so far, the receipt, how far it has come, and what happened to it since.

import { chineseDate, chineseMoment, copyButton, el, textWithLinks } from "./dom.js";

const FIELDS = [
  ["content", "诉求内容"], ["town", "镇街"], ["location", "具体位置"],
  ["time", "发生时间"], ["phone", "联系电话"], ["privacy", "是否保密"],
];

export function formCard(reply) {
  const { field, progress = {} } = reply.data;
  const given = FIELDS.filter(([name]) => progress[name]).length;
  const items = FIELDS.map(([name, label]) => {
    const value = progress[name];
    const state = name === field ? "is-asked" : value ? "is-given" : "is-open";
    const hint = value ? String(value) : name === field ? "请填写" : "待填写";
    return el("li", { class: state, "aria-current": name === field ? "step" : null },
      el("span", { class: "form-label" }, label), el("span", { class: "form-value", "data-verbatim": Boolean(value) }, hint));
  });
  return el("div", { class: "form-reply" },
    el("div", { class: "bubble" }, textWithLinks(reply.text)),
    el("details", { class: "card form-card", open: given > 0 },
      el("summary", {}, "登记进度 ", el("span", { class: "form-count" }, `${given}/${FIELDS.length}`)),
      el("ol", { class: "form-list" }, items)));
}

export function receiptCard(reply) {
  const { data } = reply;
  const copied = () => `工单编号 ${data.number}，查询码 ${data.query_code}`;
  return el("section", { class: "card receipt", "aria-label": "登记回执" },
    el("header", { class: "card-head" }, el("h3", {}, "诉求已登记"),
      data.type_label ? el("p", { class: "aspect" }, data.type_label) : null),
    el("dl", { class: "receipt-numbers" },
      pair("工单编号", data.number, "number"), pair("查询码", data.query_code, "number code")),
    el("dl", { class: "receipt-facts" },
      pair("答复期限", [chineseDate(data.due_on), data.limit_text ? `（${data.limit_text}）` : ""].join("")),
      pair("所在镇街", data.town)),
    el("p", { class: "receipt-hint" }, "请保存编号和查询码，查询进度时两者都要用到。"),
    copyButton("复制编号和查询码", copied),
    data.notice ? el("p", { class: "disclaimer plain" }, data.notice) : null);
}

export function statusCard(reply) {
  const { data } = reply;
  const steps = (data.history || []).map((step, index, all) =>
    el("li", { "aria-current": index === all.length - 1 ? "step" : null },
      el("span", { class: "step-label" }, step.label), el("time", {}, chineseMoment(step.at))));
  return el("section", { class: "card status", "aria-label": "工单进度" },
    el("header", { class: "card-head" }, el("h3", {}, data.state_label), el("p", { class: "aspect number" }, data.number)),
    steps.length ? el("ol", { class: "timeline" }, steps) : null,
    data.question ? el("p", { class: "receipt-hint plain" }, `需要您补充：${data.question}`) : null,
    data.due_on ? el("p", { class: "due" }, `答复期限：${chineseDate(data.due_on)}`) : null,
    data.reply ? el("div", { class: "unit-reply" }, el("h4", {}, "办理答复"), el("p", { class: "plain" }, data.reply)) : null);
}

// Told unasked: one public step, a question of the office, or the reply. The rating stands below it, see log.js.
export function orderNoticeCard(reply) {
  const { data } = reply;
  const due = chineseDate(data.due_on);
  const kind = data.question ? " needs-answer" : data.reply ? " has-reply" : "";
  return el("section", { class: `card order-notice${kind}`, "aria-label": `工单进展：${data.state_label}` },
    el("header", { class: "card-head" }, el("h3", {}, data.state_label), el("p", { class: "aspect number" }, data.number)),
    el("p", { class: "plain" }, data.sentence),
    data.reply
      ? el("div", { class: "unit-reply" },
        el("h4", {}, data.unit ? `${data.unit}的答复` : "办理答复"), el("p", { class: "plain" }, textWithLinks(data.reply)))
      : null,
    due && !data.sentence.includes(due) ? el("p", { class: "due" }, `答复期限：${due}`) : null);
}

function pair(name, value, className) {
  return value ? el("div", {}, el("dt", {}, name), el("dd", { class: className, "data-verbatim": Boolean(className) }, value)) : null;
}
