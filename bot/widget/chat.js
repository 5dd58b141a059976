// The chat page: puts the parts together. Each part is one file and knows nothing of the others.

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { setUpFrame } from "./frame.js";
import { setUpHistory } from "./history.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { setUpLargeType } from "./preferences.js";
import { setUpScript } from "./script.js";
import { RequestFailed, Session } from "./session.js";

const LEAVE_QUESTION = "结束后，这台设备上的对话记录会清除，且不能恢复。已登记的工单不受影响，请先记下编号和查询码。确定结束吗？";

const session = new Session();
const outbox = new Outbox();
const log = new Log({ onSend: send, onRate: rate, onNews: () => frame.tellNews() });
const composer = new Composer({ onSend: (text) => send(text) });

const connection = new Connection(session, {
  onMessage(message) {
    if (message.client_id) outbox.confirm(message.client_id);
    log.add(message);
  },
  onError(error) {
    const text = outbox.refuse(error.client_id, error.code, error.retry_after_seconds);
    if (text === null) return;
    log.withdraw(error.client_id);
    composer.giveBack(text, error.message);
  },
  onReady(lastSeq) {
    for (const item of outbox.adopt(session.conversation)) log.addOwn(item);
    log.readyAt(lastSeq);
    composer.setLimit(session.maxText);
    outbox.resend();
  },
  onState: showState,
  onOther: () => log.clear(),
});

outbox.attach(connection);
setUpLargeType(byId("large-type"));
setUpScript(byId("script"));
setUpHistory(byId("copy-chat"), byId("download-chat"), log);
const frame = setUpFrame(byId("close"), composer, session);
byId("leave").addEventListener("click", leave);
connection.run();

function send(text) {
  log.addOwn(outbox.add(text, session.conversation));
}

async function rate(messageId, score) {
  await session.post("/chat/ratings", { message_id: messageId, score });
}

let offlineTimer = null;

function showState(state) {
  const banner = byId("banner");
  clearTimeout(offlineTimer);
  if (state === "online") {
    banner.hidden = true;
    banner.textContent = "";
    return;
  }
  // A short break is repaired before anybody needs to know.
  offlineTimer = setTimeout(() => {
    banner.textContent = "网络连接已断开，正在重新连接。您可以继续输入，恢复后会自动发送。";
    banner.hidden = false;
  }, 1200);
}

async function leave() {
  if (!window.confirm(LEAVE_QUESTION)) return;
  try {
    await session.leave();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    composer.complain("网络暂时不通，没有结束成功，请稍后再试。");
    return;
  }
  outbox.clear();
  location.reload();
}
