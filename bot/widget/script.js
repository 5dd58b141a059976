// Simplified or traditional characters on the screen. The texts themselves stay as they came; switching back shows them
// again unchanged. Whatever stands under data-verbatim (the citizen's own words, numbers) is never touched.

import { recall, remember } from "./preferences.js";

const KEY = "wj-script";
const ATTRIBUTES = ["aria-label", "placeholder", "title"];

export async function setUpScript(button) {
  const display = new Display();
  const apply = async (isTraditional) => {
    if (isTraditional) await display.showTraditional();
    else display.showOriginal();
    document.documentElement.lang = isTraditional ? "zh-Hant" : "zh-Hans";
    button.setAttribute("aria-pressed", String(isTraditional));
    button.textContent = isTraditional ? "简体" : "繁體";
    button.lang = isTraditional ? "zh-Hans" : "zh-Hant";
  };
  button.addEventListener("click", async () => {
    const isTraditional = button.getAttribute("aria-pressed") !== "true";
    await apply(isTraditional);
    remember(KEY, isTraditional ? "traditional" : "simplified");
  });
  if (recall(KEY) === "traditional") await apply(true);
}

class Display {
  #table = null;
  #texts = new Map(); // text node → original
  #attributes = new Map(); // element → {name: original}
  #observer = new MutationObserver((changes) => changes.forEach((change) => {
    if (change.type === "attributes") this.#convertAttribute(change.target, change.attributeName);
    else change.addedNodes.forEach((node) => this.#convertTree(node));
  }));

  async showTraditional() {
    this.#table ??= await loadTable();
    this.#convertTree(document.documentElement);
    this.#observe();
  }

  showOriginal() {
    this.#observer.disconnect();
    for (const [node, text] of this.#texts) node.data = text;
    for (const [element, values] of this.#attributes) {
      for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
    }
    this.#texts.clear();
    this.#attributes.clear();
  }

  #observe() {
    this.#observer.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ATTRIBUTES });
  }

  #convertTree(root) {
    if (root.nodeType === Node.TEXT_NODE) {
      this.#convertText(root);
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = root; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) this.#convertText(node);
      else for (const name of ATTRIBUTES) if (node.hasAttribute(name)) this.#convertAttribute(node, name);
    }
  }

  #convertText(node) {
    const parent = node.parentElement;
    if (!node.isConnected || this.#texts.has(node) || !parent || parent.closest("[data-verbatim],script,style,textarea")) return;
    const converted = convert(node.data, this.#table);
    if (converted === node.data) return;
    this.#texts.set(node, node.data);
    node.data = converted;
  }

  #convertAttribute(element, name) {
    const value = element.getAttribute(name);
    const converted = value === null ? null : convert(value, this.#table);
    if (converted === value) return;
    const values = this.#attributes.get(element) || {};
    this.#attributes.set(element, { ...values, [name]: value });
    element.setAttribute(name, converted);
  }
}

async function loadTable() {
  const response = await fetch("/static/traditional.json", { credentials: "same-origin" });
  const { characters, phrases } = await response.json();
  const table = new Map();
  const pairs = [...characters];
  for (let index = 0; index < pairs.length; index += 2) table.set(pairs[index], pairs[index + 1]);
  const words = phrases.split(" ");
  for (let index = 0; index < words.length; index += 2) table.set(words[index], words[index + 1]);
  return table;
}

// The longest phrase first, then character by character.
export function convert(text, table) {
  const characters = [...text];
  let result = "";
  for (let at = 0; at < characters.length;) {
    let length = Math.min(4, characters.length - at);
    while (length > 1 && !table.has(characters.slice(at, at + length).join(""))) length -= 1;
    const piece = characters.slice(at, at + length).join("");
    result += table.get(piece) ?? piece;
    at += length;
  }
  return result;
}
