// The page's connection to the service: does what the session machine decides (session/session.js), and tells it what
// came of it. Every decision about when to dial, to wait or to give a socket up is the machine's.

import { ServiceClock } from "./session/clock.js";
import { SUBPROTOCOL, decode } from "./session/frame.js";
import { hints } from "./session/hints.js";
import { Session } from "./session/session.js";
import { TIMES } from "./session/times.js";

const LOOK_EVERY_MS = 200; // figures that count up or down
const HIDDEN_GRACE_MS = 2000; // a glance at another tab does not cost the connection

const seconds = () => performance.now() / 1000;

export class LiveConnection {
  snapshot = null; // the newest one, kept while nothing is known
  snapshotAt = 0; // when it came, on this page's clock
  #base;
  #onFrame;
  #onChange;
  #session = new Session({ jitter: Math.random });
  #clock = new ServiceClock();
  #sockets = new Map();
  #synced = 0; // the generation that has brought a snapshot
  #arriving = null;
  #refusal = null;
  #asked = 0; // the newest question
  #wake;
  #resting;
  #lastOpenAt = null;
  #dials = 0; // since the page was seen

  // `base`: the camera's routes, such as "/api/v1/camera". `onFrame(frame, generation)` gets each newer frame,
  // `onChange()` is called when something that `link` or `snapshot` says has changed.
  constructor(base, { onFrame, onChange }) {
    this.#base = base;
    this.#onFrame = onFrame;
    this.#onChange = onChange;
  }

  start() {
    if (!document.hidden) this.#begin();
    setInterval(() => document.hidden || this.#onChange(), LOOK_EVERY_MS);
    // Nobody looks at a hidden page: it has no connection, and the camera may rest.
    document.addEventListener("visibilitychange", () => this.#seenOrHidden());
    window.addEventListener("online", () => this.retry());
  }

  // Dials at once, whatever was planned; a connection that works is left alone.
  retry() {
    if (!this.#session.wanted || this.#session.link.phase === "open") return;
    this.#step({ type: "stop" });
    this.#step({ type: "start" });
  }

  get generation() {
    return this.#session.link.gen;
  }

  // What the page says of the connection: "open" (snapshots come), "dialing", "waiting" (for the next try), "refused", or
  // "resting" (the page is hidden). `lostMs`: since there was a connection, null when there was none yet.
  get link() {
    const session = this.#session;
    const next = session.nextDialAt;
    return {
      phase: this.#phase(),
      first: this.#dials <= 1,
      nextTryMs: next === null ? 0 : Math.max(0, (next - seconds()) * 1000),
      lostMs: this.#lastOpenAt === null ? null : performance.now() - this.#lastOpenAt,
      status: this.#refusal,
    };
  }

  // How old a frame is, in milliseconds; null before the service's clock is known.
  ageOf(frame, now = performance.now()) {
    return this.#clock.ageOf(frame, now);
  }

  #phase() {
    const { link, state } = this.#session;
    if (state === "stopped") return "resting";
    if (link.phase === "open" && this.#synced === link.gen) return "open";
    if (state === "refused") return "refused";
    return link.phase === "closed" ? "waiting" : "dialing";
  }

  #seenOrHidden() {
    clearTimeout(this.#resting);
    if (document.hidden) this.#resting = setTimeout(() => this.#step({ type: "stop" }), HIDDEN_GRACE_MS);
    else this.#begin();
    this.#onChange();
  }

  #begin() {
    if (!this.#session.wanted) this.#dials = 0;
    this.#step({ type: "start" });
  }

  #step(event) {
    for (const output of this.#session.handle(event, seconds())) this.#do(output);
    if (this.#phase() === "open") this.#lastOpenAt = performance.now();
    if (event.type !== "tick") this.#onChange();
  }

  #do(output) {
    if (output.type === "dial") this.#dial(output.gen);
    else if (output.type === "close") this.#sockets.get(output.gen)?.close();
    else if (output.type === "get_status") this.#ask(output.req);
    else if (output.type === "wake") this.#wakeAt(output.at);
    else if (output.type === "show") this.#onFrame(this.#arriving, output.gen);
    else if (output.type === "restart_preview") this.#restartPreview();
    else if (output.type === "notify") this.#onChange();
  }

  #wakeAt(at) {
    clearTimeout(this.#wake);
    // A timer may come a little early: the machine is asked once its time has come.
    this.#wake = setTimeout(() => this.#step({ type: "tick" }), Math.max(0, Math.ceil((at - seconds()) * 1000)));
  }

  #dial(gen) {
    this.#dials += 1;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const address = `${scheme}//${location.host}${this.#base}/liveview/stream${hints(location.search)}`;
    const socket = new WebSocket(address, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#sockets.set(gen, socket);
    socket.onopen = () => this.#opened(gen, socket);
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#told(gen, data) : this.#pictured(gen, data));
    socket.onclose = ({ code }) => {
      this.#sockets.delete(gen);
      this.#step({ type: "closed", gen, code });
    };
  }

  #opened(gen, socket) {
    // A service of another protocol would send bare pictures: nothing here could be said truly.
    if (socket.protocol === SUBPROTOCOL) this.#step({ type: "opened", gen });
    else socket.close();
  }

  #told(gen, text) {
    const snapshot = JSON.parse(text);
    this.#step({ type: "snapshot", gen, snapshot });
    this.#keep(snapshot);
    if (this.snapshot !== null) this.#synced = Math.max(this.#synced, gen);
  }

  #pictured(gen, message) {
    const frame = decode(message);
    this.#arriving = frame;
    this.#step({ type: "frame", gen, seq: frame?.sequence ?? 0, valid: frame?.whole ?? false });
    this.#arriving = null;
  }

  // Keeps what the machine has taken for the newest.
  #keep(snapshot) {
    if (this.#session.view.snapshot !== snapshot) return;
    this.snapshot = snapshot;
    this.snapshotAt = performance.now();
    this.#clock.hear(snapshot, this.snapshotAt);
    this.#onChange();
  }

  // Browsers hide why a dial failed; the status route tells.
  async #ask(req) {
    this.#asked = req;
    let status = null;
    try {
      const answer = await fetch(`${this.#base}/capture/status`, { cache: "no-store", signal: AbortSignal.timeout(TIMES.statusRequest * 1000) });
      status = answer.status;
      if (answer.ok) {
        const snapshot = await answer.json();
        this.#refusal = null;
        this.#step({ type: "snapshot", req, snapshot });
        this.#keep(snapshot);
        return;
      }
    } catch (error) {
      console.info("the service did not say how it is:", error.message);
    }
    // An older question may end later, and says nothing any more.
    if (req === this.#asked) this.#refusal = status;
    this.#step({ type: "status_error", req, status });
  }

  // Fresh frames follow, or the machine asks again in ten seconds.
  #restartPreview() {
    fetch(`${this.#base}/liveview/start`, { method: "POST", signal: AbortSignal.timeout(TIMES.statusRequest * 1000) }).catch((error) =>
      console.info("live view could not be asked for:", error.message),
    );
  }
}
