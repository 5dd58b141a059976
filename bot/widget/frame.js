// Inside another site's page: widget.js opens and closes the frame, this side moves the focus and asks to be closed.
// Only sites that the server lists can be the page around (frame-ancestors), so it may keep the token for its tab.

export function setUpFrame(closeButton, composer, session) {
  if (window.parent === window || !closeButton) {
    closeButton?.remove();
    return { tellNews() {} };
  }
  let pageOrigin = null;
  const tell = (message) => window.parent.postMessage({ source: "wj-chat", ...message }, pageOrigin || "*");
  const tellToken = () => { if (pageOrigin) tell({ type: "token", token: session.token }); };
  const close = () => tell({ type: "close" }); // carries no secret

  session.onToken = tellToken;
  closeButton.addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) close();
  });
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.data?.source !== "wj-widget" || event.data.type !== "opened") return;
    pageOrigin = event.origin;
    tellToken();
    composer.focus();
  });
  return { tellNews: () => tell({ type: "news" }) }; // carries no words of it
}
