// The page's connection to the service: carries out the decisions of the session machine (session/session.js), and reports
// the results to it. The machine decides when to dial, to wait or to abandon a socket.

import { about } from "./camera.js";
import { delayAfter, doubling } from "./session/backoff.js";
import { ServiceClock } from "./session/clock.js";
import { SUBPROTOCOL, decode } from "./session/frame.js";
import { hints, signed } from "./session/hints.js";
import { Session } from "./session/session.js";
import { REFUSED_CLOSES, TOO_MANY, retryAfterOf, secondsIn } from "./session/states.js";
import { TIMES } from "./session/times.js";

const UPDATE_EVERY_MS = 200; // for times that count up or down
const BLOCKED_AFTER = 2; // consecutive sockets that never open, although the service answers
const PROBE_AFTER_MS = doubling(15_000, 300_000);
const PROBE_OPENS_MS = 10_000;
const HIDDEN_GRACE_MS = 2000; // a glance at another tab does not cost the connection

const seconds = () => performance.now() / 1000;

export class LiveConnection {
  snapshot = null; // the newest one, kept while disconnected
  snapshotAt = 0; // when it arrived, on this page's clock
  #base;
  #onFrame;
  #onChange;
  #session = new Session({ jitter: Math.random });
  #clock = new ServiceClock();
  #sockets = new Map();
  #synced = 0; // the generation that has received a snapshot
  #arriving = null;
  #refusal = null;
  #asked = 0; // the newest status request
  #wake;
  #resting;
  #lastOpenAt = null;
  #dials = 0; // since the page became visible
  #unopened = 0; // consecutive sockets that never opened, each followed by an answer of the service
  #failed = false; // the last one did not, and the service has not answered since
  #Plain = null; // replaces WebSockets if they do not get through; null: a WebSocket
  #probes = 0; // since plain HTTP is used
  #probing;

  // `base`: the camera's routes, such as "/api/v1/camera". `onFrame(frame, generation)` receives each newer frame,
  // `onChange()` is called when `link` or `snapshot` has changed.
  constructor(base, { onFrame, onChange }) {
    this.#base = base;
    this.#onFrame = onFrame;
    this.#onChange = onChange;
  }

  start() {
    if (!document.hidden) this.#begin();
    setInterval(() => document.hidden || this.#onChange(), UPDATE_EVERY_MS);
    // A hidden page needs no connection, so that the camera can rest.
    document.addEventListener("visibilitychange", () => this.#seenOrHidden());
    window.addEventListener("online", () => this.retry());
  }

  // Reconnects immediately, unless the connection works.
  retry() {
    if (!this.#session.wanted || this.#session.link.phase === "open") return;
    this.#step({ type: "stop" });
    this.#step({ type: "start" });
  }

  get generation() {
    return this.#session.link.gen;
  }

  // The state of the connection: "open" (snapshots come), "dialing", "waiting" (for the next try), "refused", or
  // "resting" (the page is hidden). `lostMs`: since the last connection, null if there was none.
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
    // A timer may fire slightly early: the machine is called once its time has come.
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
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#snapshotted(gen, data) : this.#framed(gen, data));
    socket.onclose = ({ code, reason = "", retryAfter = null }) => {
      this.#sockets.delete(gen);
      this.#failed = !plain && !opened;
      if (code in REFUSED_CLOSES) this.#refusal = REFUSED_CLOSES[code];
      this.#step({ type: "closed", gen, code, retryAfter: code === TOO_MANY ? secondsIn(reason) : retryAfter });
    };
  }

  #dialSocket() {
    const address = new URL(`${this.#base}/liveview/stream${hints(location.search)}`, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    return socket;
  }

  #dialPlain() {
    return new this.#Plain(`${this.#base}/liveview/stream.mjpg${hints(location.search)}`, about("/api/v1/events"));
  }

  // The service answers. If its sockets still never open, something in between blocks them: a proxy that removes the
  // upgrade headers. The machine continues unchanged, with another kind of socket.
  async #answered() {
    if (!this.#failed || this.#Plain !== null) return;
    this.#failed = false;
    this.#unopened += 1;
    if (this.#unopened < BLOCKED_AFTER) return;
    try {
      const { PlainLive } = await import("./plain_live.js");
      if (this.#unopened < BLOCKED_AFTER) return; // one has opened meanwhile
      this.#Plain = PlainLive;
    } catch (error) {
      console.info("could not load the plain live view:", error.message);
      return;
    }
    console.info("WebSockets do not get through: using plain HTTP");
    this.#probes = 0;
    this.#probeLater();
    this.retry();
  }

  #probeLater() {
    clearTimeout(this.#probing);
    this.#probing = setTimeout(() => this.#probe(), delayAfter(this.#probes, PROBE_AFTER_MS));
    this.#probes += 1;
  }

  // Tests whether WebSockets get through now. If so, the plain one ends, and the machine reconnects with a WebSocket.
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
    // Without this subprotocol the service would send no status, and the page could not report it accurately.
    if (socket.protocol === SUBPROTOCOL) this.#step({ type: "opened", gen });
    else socket.close();
  }

  #snapshotted(gen, text) {
    const snapshot = JSON.parse(text);
    this.#step({ type: "snapshot", gen, snapshot });
    this.#keep(snapshot);
    if (this.snapshot !== null) this.#synced = Math.max(this.#synced, gen);
  }

  #framed(gen, message) {
    const frame = decode(message);
    this.#arriving = frame;
    this.#step({ type: "frame", gen, seq: frame?.sequence ?? 0, valid: frame?.whole ?? false });
    this.#arriving = null;
  }

  // Keeps the snapshot that the machine accepted as the newest.
  #keep(snapshot) {
    if (this.#session.view.snapshot !== snapshot) return;
    this.snapshot = snapshot;
    this.snapshotAt = performance.now();
    this.#clock.hear(snapshot, this.snapshotAt);
    this.#onChange();
  }

  // Browsers hide why a connection failed; the status route says why.
  async #ask(req) {
    this.#asked = req;
    let status = null;
    let retryAfter = null;
    try {
      const answer = await fetch(`${this.#base}/capture/status${signed(location.search)}`, { cache: "no-store", signal: AbortSignal.timeout(TIMES.statusRequest * 1000) });
      status = answer.status;
      retryAfter = retryAfterOf(answer);
      if (answer.ok) {
        const snapshot = await answer.json();
        this.#step({ type: "snapshot", req, snapshot });
        // The socket may still be refused.
        if (this.#session.state !== "refused") this.#refusal = null;
        this.#keep(snapshot);
        this.#answered();
        return;
      }
    } catch (error) {
      console.info("no status from the service:", error.message);
    }
    // An older request may end later; it is ignored.
    if (req === this.#asked) this.#refusal = status;
    this.#step({ type: "status_error", req, status, retryAfter });
  }

  // Fresh frames follow, or the machine repeats this after ten seconds.
  #restartPreview() {
    fetch(`${this.#base}/liveview/start`, { method: "POST", signal: AbortSignal.timeout(TIMES.statusRequest * 1000) }).catch((error) =>
      console.info("could not restart live view:", error.message),
    );
  }
}
