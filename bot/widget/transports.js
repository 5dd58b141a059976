// Three ways to hold a line. Each takes (session, lastSeq, emit) and gives {send, close, closed}: `emit` receives
// ready, message and error events, `closed` is resolved when the line is gone.

const READY_WITHIN = 7000;
const SILENCE = 30000; // the server writes something at least every few seconds
const POLL_EVERY = 3000;

export function openSocket(session, lastSeq, emit) {
  const address = new URL("/chat/ws", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  let end;
  const closed = new Promise((resolve) => { end = resolve; });
  const close = () => { socket.close(); end(); }; // a dead network answers no closing handshake: do not wait for it
  socket.addEventListener("close", end);
  socket.addEventListener("error", end);
  const timer = setTimeout(close, READY_WITHIN);
  socket.addEventListener("open", () => {
    socket.send(JSON.stringify({ type: "hello", last_seq: lastSeq, token: session.token }));
  });
  socket.addEventListener("message", (frame) => {
    const event = JSON.parse(frame.data);
    if (event.type === "ready") clearTimeout(timer);
    emit(event);
  });
  closed.then(() => clearTimeout(timer));
  const send = (item) => socket.send(JSON.stringify({ type: "send", client_id: item.clientId, text: item.text }));
  return { send, closed, close };
}

export function streamEvents(session, lastSeq, emit) {
  const abort = new AbortController();
  let watchdog = setTimeout(() => abort.abort(), READY_WITHIN);
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => abort.abort(), SILENCE);
  };
  const closed = readEvents(session, lastSeq, emit, alive, abort.signal)
    .catch(() => {})
    .finally(() => clearTimeout(watchdog));
  return { send: (item) => postMessage(session, item, emit), closed, close: () => abort.abort() };
}

export function pollMessages(session, lastSeq, emit) {
  let isOpen = true;
  let seen = lastSeq;
  let wake = () => {};
  const loop = async () => {
    for (let isFirst = true; isOpen; isFirst = false) {
      const page = await session.request(`/chat/messages?after=${seen}`);
      const last = page.messages.at(-1);
      if (isFirst) emit({ type: "ready", last_seq: last ? last.seq : seen });
      page.messages.forEach(emit);
      if (last) seen = last.seq;
      await new Promise((resolve) => { wake = resolve; setTimeout(resolve, POLL_EVERY); });
    }
  };
  const send = async (item) => {
    await postMessage(session, item, emit);
    wake();
  };
  return { send, closed: loop().catch(() => {}), close: () => { isOpen = false; wake(); } };
}

async function readEvents(session, lastSeq, emit, alive, signal) {
  const response = await fetch(`/chat/events?last_seq=${lastSeq}`, {
    signal, headers: session.headers(), credentials: "same-origin", cache: "no-store",
  });
  if (!response.ok || !response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    const blocks = (buffer + value).split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) emit(JSON.parse(data.slice(6)));
    }
  }
}

async function postMessage(session, item, emit) {
  try {
    await session.post("/chat/messages", { client_id: item.clientId, text: item.text });
  } catch (error) {
    if (!error.status) return; // no answer: the outbox sends again
    emit({
      type: "error", client_id: item.clientId, code: error.code, message: error.message,
      retry_after_seconds: error.retryAfterSeconds,
    });
  }
}
