// Elements without innerHTML: every text goes in as a text node, so nothing that arrives can become markup.

export function el(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false && child !== "") element.append(child);
  }
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

// Only http(s) addresses become links; anything else is null.
export function safeUrl(value) {
  try {
    const url = new URL(String(value || ""));
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

export function outerLink(url, text, className) {
  const href = safeUrl(url);
  if (!href) return null;
  const hint = el("span", { class: "visually-hidden" }, "（在新窗口打开）");
  return el("a", { href, class: className, target: "_blank", rel: "noopener noreferrer" }, text, hint);
}

// Web addresses and the hotline become links; the rest stays text.
export function textWithLinks(text) {
  const parts = text.split(/(https?:\/\/[^\s，。；、！？（）()<>"“”]+|(?<!\d)12345(?!\d))/);
  return parts.map((part, index) => {
    if (index % 2 === 0) return part;
    if (part === "12345") return el("a", { href: "tel:12345" }, part);
    return outerLink(part, part) || part;
  });
}

// "2026-03-05" → "2026年3月5日"; anything else unchanged.
export function chineseDate(value) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value || "");
  return match ? `${match[1]}年${Number(match[2])}月${Number(match[3])}日` : value || "";
}

const SHANGHAI = { timeZone: "Asia/Shanghai", hour12: false };
const CLOCK = new Intl.DateTimeFormat("zh-CN", { ...SHANGHAI, hour: "2-digit", minute: "2-digit" });
const MOMENT = new Intl.DateTimeFormat("zh-CN", {
  ...SHANGHAI, year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit",
});

export function clockTime(iso) {
  return CLOCK.format(new Date(iso));
}

// A moment in Shanghai time ("2026-03-05T02:00:00Z", or "2026-03-05 10:00" which is local already); a date as a date.
export function chineseMoment(value) {
  const local = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})$/.exec(value || "");
  if (local) return `${chineseDate(local[1])} ${local[2]}`;
  if (!/^\d{4}-\d{2}-\d{2}T/.test(value || "")) return chineseDate(value);
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? value : MOMENT.format(moment);
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // no clipboard outside https and in some frames
  }
}

function copyBySelection(text) {
  const area = el("textarea", { class: "visually-hidden", readonly: true, "aria-hidden": "true", tabindex: "-1" });
  const before = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return isCopied;
}

export function copyButton(label, text) {
  const button = el("button", { type: "button", class: "button secondary" }, label);
  button.addEventListener("click", async () => {
    button.textContent = (await copyText(text())) ? "已复制" : "复制失败，请手动选取";
    setTimeout(() => { button.textContent = label; }, 2500);
  });
  return button;
}
