// The page's connection to the service: does what the session machine decides (session/session.js), and tells it what
// came of it. Every decision about when to dial, to wait or to give a socket up is the machine's.

import { about } from "./camera.js";
import { ServiceClock } from "./session/clock.js";
import { SUBPROTOCOL, decode } from "./session/frame.js";
import { hints } from "./session/hints.js";
import { Session } from "./session/session.js";
import { TIMES } from "./session/times.js";

const LOOK_EVERY_MS = 200; // figures that count up or down
const BLOCKED_AFTER = 2; // sockets that never open, one after the other, of a service that answers
const PROBE_FIRST_MS = 15_000;
const PROBE_LONGEST_MS = 300_000;
const PROBE_OPENS_MS = 10_000;
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
  #unopened = 0; // sockets that never opened, one after the other, each followed by an answer of the service
  #failed = false; // the last one has not, and the service has not answered since
  #Plain = null; // what is dialed in place of a WebSocket where those do not get through; null: a WebSocket
  #probeMs = PROBE_FIRST_MS;
  #probing;

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
  // `plain`: over plain HTTP, because WebSockets do not get through.
  get link() {
    const session = this.#session;
    const next = session.nextDialAt;
    return {
      phase: this.#phase(),
      first: this.#dials <= 1,
      nextTryMs: next === null ? 0 : Math.max(0, (next - seconds()) * 1000),
      lostMs: this.#lastOpenAt === null ? null : performance.now() - this.#lastOpenAt,
      plain: this.#Plain !== null,
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
    const plain = this.#Plain !== null;
    const socket = plain ? this.#dialPlain() : this.#dialSocket();
    let opened = false;
    this.#sockets.set(gen, socket);
    socket.onopen = () => {
      opened = true;
      if (!plain) this.#unopened = 0;
      this.#opened(gen, socket);
    };
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#told(gen, data) : this.#pictured(gen, data));
    socket.onclose = ({ code }) => {
      this.#sockets.delete(gen);
      this.#failed = !plain && !opened;
      this.#step({ type: "closed", gen, code });
    };
  }

  #dialSocket() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.#base}/liveview/stream${hints(location.search)}`, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    return socket;
  }

  #dialPlain() {
    return new this.#Plain(`${this.#base}/liveview/stream.mjpg${hints(location.search)}`, about("/api/v1/events"));
  }

  // The service answers. If its sockets never open all the same, something on the way does not pass them on: a proxy that
  // takes the upgrade headers away. The machine goes on as it is, and is given another kind of socket.
  async #answered() {
    if (!this.#failed || this.#Plain !== null) return;
    this.#failed = false;
    this.#unopened += 1;
    if (this.#unopened < BLOCKED_AFTER) return;
    try {
      const { PlainLive } = await import("./plain_live.js");
      if (this.#unopened < BLOCKED_AFTER) return; // meanwhile one has got through
      this.#Plain = PlainLive;
    } catch (error) {
      console.info("the plain live view could not be loaded:", error.message);
      return;
    }
    console.info("WebSockets do not get through: the picture comes over plain HTTP");
    this.#probeMs = PROBE_FIRST_MS;
    this.#probeLater();
    this.retry();
  }

  #probeLater() {
    clearTimeout(this.#probing);
    this.#probing = setTimeout(() => this.#probe(), this.#probeMs);
    this.#probeMs = Math.min(2 * this.#probeMs, PROBE_LONGEST_MS);
  }

  // Whether a WebSocket gets through by now: then the plain one ends, and the machine dials one.
  #probe() {
    if (this.#Plain === null) return;
    if (document.hidden) return this.#probeLater();
    const socket = this.#dialSocket();
    const late = setTimeout(() => socket.close(), PROBE_OPENS_MS);
    socket.onopen = () => {
      this.#Plain = null;
      this.#unopened = 0;
      socket.close();
      for (const one of this.#sockets.values()) one.close();
      this.#onChange();
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (this.#Plain !== null) this.#probeLater();
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
        this.#answered();
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
