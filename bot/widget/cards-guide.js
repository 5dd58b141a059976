// Answers from a service guide: the asked aspect first, the best online entry next, where it comes from last.

import { chineseDate, copyButton, el, outerLink } from "./dom.js";

export function answerCard(reply, onChoose) {
  const { data } = reply;
  return el("section", { class: "card guide", "aria-label": data.name },
    el("header", { class: "card-head" },
      el("h3", {}, data.name),
      data.aspect_label ? el("p", { class: "aspect" }, data.aspect_label) : null),
    lead(data.lead || []),
    materials(data.materials || []),
    online(data.channel),
    data.place ? fact("现场办理", data.place) : null,
    data.level_note ? el("p", { class: "level-note plain" }, data.level_note) : null,
    el("footer", { class: "card-foot" }, origin(data), el("p", { class: "disclaimer" }, data.disclaimer)));
}

export function choicesCard(reply, onChoose) {
  const { question, choices } = reply.data;
  const buttons = choices.map((choice) =>
    el("li", {}, el("button", { type: "button", class: "choice", onclick: () => onChoose(choice.name) },
      el("strong", {}, choice.name),
      choice.contrast ? el("span", {}, choice.contrast) : null)));
  return el("section", { class: "card choices", "aria-label": question },
    el("h3", { class: "choices-question" }, question), el("ul", { class: "choice-list" }, buttons));
}

function lead(statements) {
  if (!statements.length) return null;
  const paragraphs = statements.map((statement) =>
    el("div", { class: "lead-item" },
      el("p", { class: "lead-text plain" }, statement.text),
      statement.note ? el("p", { class: "lead-note" }, statement.note) : null));
  return el("div", { class: "lead" }, paragraphs);
}

// A checklist to tick while getting ready; the ticks stay on this page.
function materials(list) {
  if (!list.length) return null;
  const items = list.map((material) =>
    el("li", {}, el("label", { class: "material" },
      el("input", { type: "checkbox" }),
      el("span", { class: "material-text" },
        el("span", { class: "material-name" }, material.name),
        material.is_exempt ? el("span", { class: "tag tag-good" }, "免提交") : null,
        !material.is_exempt && material.necessity && material.necessity !== "必要"
          ? el("span", { class: "tag" }, material.necessity) : null,
        material.note ? el("span", { class: "material-note" }, material.note) : null))));
  return el("fieldset", { class: "materials" },
    el("legend", {}, "办理材料", el("span", {}, "备齐一项勾一项")), el("ul", {}, items));
}

function online(channel) {
  if (!channel) return null;
  const label = channel.entry ? `${channel.name} · ${channel.entry}` : channel.name;
  const link = outerLink(channel.url, label, "button channel-link");
  return el("div", { class: "online" },
    el("h4", {}, "推荐网上办"),
    link || el("p", { class: "channel-name" }, el("strong", {}, label), copyButton("复制名称", () => channel.name)),
    channel.how ? el("p", { class: "channel-how" }, channel.how) : null);
}

function fact(label, text) {
  return el("div", { class: "fact" }, el("h4", {}, label), el("p", { class: "plain" }, text));
}

function origin(data) {
  const rows = [
    ["来源", data.source ? outerLink(data.source_url, data.source) || data.source : null],
    ["核对日期", chineseDate(data.verified_at)],
    ["责任单位", data.unit],
  ].filter(([, value]) => value);
  return rows.length
    ? el("dl", { class: "origin" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))
    : null;
}
