// 适老化: larger type and controls, remembered on this device.

const LARGE = "wj-large-type";

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch { /* storage is switched off: the choice lasts until the page closes */ }
}

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function setUpLargeType(button) {
  const apply = (isLarge) => {
    document.documentElement.classList.toggle("large", isLarge);
    button.setAttribute("aria-pressed", String(isLarge));
  };
  apply(recall(LARGE) === "1");
  button.addEventListener("click", () => {
    const isLarge = button.getAttribute("aria-pressed") !== "true";
    apply(isLarge);
    remember(LARGE, isLarge ? "1" : "0");
  });
}
