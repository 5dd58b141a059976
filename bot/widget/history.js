// The conversation to take along: copied, or as a text file.

import { chineseMoment, copyText, el } from "./dom.js";

const TITLE = "武江区政务服务助手 对话记录";
const NOTE = "以上由程序自动答复，仅供参考，以办事指南或窗口答复为准。";

export function setUpHistory(copyButton, downloadButton, log) {
  const label = copyButton.textContent;
  copyButton.addEventListener("click", async () => {
    const isCopied = await copyText(asText(log.lines));
    copyButton.textContent = isCopied ? "已复制" : "失败";
    setTimeout(() => { copyButton.textContent = label; }, 2500);
  });
  downloadButton.addEventListener("click", () => download(asText(log.lines)));
}

export function asText(lines) {
  const body = lines.map(({ who, at, text }) => `${who}（${chineseMoment(at)}）\n${text}`);
  return [TITLE, ...body, NOTE].join("\n\n").replaceAll("\n", "\r\n");
}

function download(text) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/plain;charset=utf-8" }));
  const day = new Date().toISOString().slice(0, 10);
  const link = el("a", { href: url, download: `对话记录-${day}.txt`, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
