// The page's connection to the service: one fresh WebSocket a dial, watched, and dialed again for as long as the page is
// open. Rules and numbers are those of the session machine (see docs), as far as a page without a camera list needs them:
// a silent socket is closed, a capture costs no attempt, a service that is back is dialed at once.

export const SCALES = new Set(["auto", "full", "half", "quarter"]);
const SUBPROTOCOL = "photonic.live.v1";
const HEADER_BYTES = 24;
const VERSION = 1;

const TICK_MS = 200;
const DIAL_MS = 4000;
const FIRST_MESSAGE_MS = 10000;
const HEARTBEAT_SHORTEST_MS = 3000;
const HEARTBEAT_LONGEST_MS = 15000;
const HEARTBEAT_GAPS = 3;
const RECENT_GAPS = 20;
const FRAME_MS = 4000;
const PREVIEW_RESTART_MS = 10000;
const STATUS_REQUEST_MS = 2000;
const STATUS_EVERY_MS = 1000;
const DELAY_FIRST_MS = 100;
const DELAY_LONGEST_MS = 5000;
const DIAL_FLOOR_MS = 100;
const HOLD_DELAY_MS = 1000;
const HOLD_MARGIN_MS = 2000;
const STEADY_MS = 5000;
const REFUSED_PROBES_MS = [1000, 2000, 5000, 10000, 30000];
const REFUSED_STATUSES = [401, 403, 404];

// A live message taken apart, or null when it is none: too short, another version, no whole JPEG.
export function decode(message) {
  if (message.byteLength < HEADER_BYTES + 4) return null;
  const header = new DataView(message);
  const end = message.byteLength;
  const whole = header.getUint16(HEADER_BYTES) === 0xffd8 && header.getUint16(end - 2) === 0xffd9;
  if (header.getUint8(0) !== VERSION || !whole) return null;
  return {
    epoch: header.getUint32(4),
    sequence: Number(header.getBigUint64(8)),
    capturedUs: Number(header.getBigUint64(16)),
    jpeg: new Blob([new Uint8Array(message, HEADER_BYTES)], { type: "image/jpeg" }),
  };
}

export class LiveConnection {
  // `base`: the camera's routes, such as "/api/v1/camera". `onFrame(frame, generation)` gets each newer frame,
  // `onChange()` is called when something that `link` or `snapshot` says has changed.
  constructor(base, { onFrame, onChange }) {
    this.base = base;
    this.onFrame = onFrame;
    this.onChange = onChange;
    this.snapshot = null; // the newest one
    this.snapshotAt = 0; // when it came, on this page's clock
    this.generation = 0;
    this.attempts = 0;
    this.refused = null; // the HTTP status that says that dialing is of no use
    this.socket = null;
    this.clockOffsetUs = null;
    this.retiredBoots = new Set();
    this.dialAt = 0;
    this.dialedAt = -Infinity;
    this.statusAt = 0;
    this.asking = false;
    this.probes = 0;
    this.previewAskedAt = -Infinity;
    this.tick = this.tick.bind(this);
  }

  start() {
    this.dial(performance.now());
    setInterval(this.tick, TICK_MS);
    // Timers of a hidden page are slow: look at once when it is seen again, and when the network is back.
    document.addEventListener("visibilitychange", this.tick);
    window.addEventListener("online", () => this.kick());
  }

  // What the page says of the connection: "open" (snapshots come), "dialing", "waiting" (for the next try) or "refused".
  get link() {
    const now = performance.now();
    const open = this.socket !== null && this.synced;
    const phase = open ? "open" : this.refused !== null ? "refused" : this.socket !== null ? "dialing" : "waiting";
    const first = this.generation === 1;
    return { phase, first, nextTryMs: Math.max(0, this.dialAt - now), status: this.refused };
  }

  // Whether the service has said that live view pauses, and has not had to take it back yet.
  get held() {
    const live = this.snapshot?.live;
    if (live?.state !== "paused") return false;
    const lease = (live.resume_by_seconds ?? 0) * 1000 + HOLD_MARGIN_MS;
    return performance.now() - this.snapshotAt < lease;
  }

  // How old a frame is, in milliseconds; null before the service's clock is known.
  ageOf(frame, now = performance.now()) {
    if (this.clockOffsetUs === null) return null;
    return Math.max(0, (now * 1000 - this.clockOffsetUs - frame.capturedUs) / 1000);
  }

  dial(now) {
    const generation = ++this.generation;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.base}/liveview/stream${hints(location.search)}`, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.dialedAt = this.heardAt = this.frameAt = now;
    this.opened = this.synced = false;
    this.gaps = [];
    this.newest = -1;
    this.framesSince = null;
    const current = (act) => (event) => {
      if (generation === this.generation && this.socket === socket) act(event);
    };
    socket.onopen = current(() => this.wasOpened());
    socket.onmessage = current((event) => this.hear(event.data));
    socket.onclose = current(() => this.lose(performance.now()));
    this.onChange();
  }

  wasOpened() {
    this.opened = true;
    this.heardAt = performance.now();
    // A service of another protocol would send bare pictures: nothing here could be said truly.
    if (this.socket.protocol !== SUBPROTOCOL) this.lose(performance.now());
  }

  hear(data) {
    const now = performance.now();
    if (this.synced) this.gaps = [...this.gaps.slice(1 - RECENT_GAPS), now - this.heardAt];
    this.heardAt = now;
    if (typeof data === "string") {
      this.learn(JSON.parse(data), now);
      this.synced = true;
    } else {
      this.see(decode(data), now);
    }
    this.onChange();
  }

  see(frame, now) {
    if (frame === null || frame.sequence <= this.newest) return;
    if (this.framesSince === null || now - this.frameAt > FRAME_MS) this.framesSince = now;
    this.newest = frame.sequence;
    this.frameAt = now;
    if (now - this.framesSince >= STEADY_MS) this.attempts = 0;
    this.onFrame(frame, this.generation);
  }

  // Takes a snapshot in; returns whether it tells of another run of the service than the one before.
  learn(snapshot, now) {
    if (typeof snapshot.boot_id !== "string" || this.retiredBoots.has(snapshot.boot_id)) return false;
    const before = this.snapshot;
    const sameBoot = before !== null && before.boot_id === snapshot.boot_id;
    if (sameBoot && snapshot.rev < before.rev) return false;
    if (before !== null && !sameBoot) this.retiredBoots.add(before.boot_id);
    // The quickest message tells the clocks' difference best.
    const offset = now * 1000 - snapshot.now_us;
    this.clockOffsetUs = sameBoot && this.clockOffsetUs !== null ? Math.min(this.clockOffsetUs, offset) : offset;
    this.snapshot = snapshot;
    this.snapshotAt = now;
    return before !== null && !sameBoot;
  }

  // Gives the socket up, and says when the next one is dialed.
  lose(now) {
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const limit = Math.min(DELAY_LONGEST_MS, DELAY_FIRST_MS * 2 ** Math.min(this.attempts, 20));
    if (this.held) {
      this.dialAt = Math.max(now, this.dialedAt + HOLD_DELAY_MS);
    } else {
      this.dialAt = Math.max(now + Math.random() * limit, this.dialedAt + DIAL_FLOOR_MS);
      this.attempts += 1;
    }
    this.statusAt = now;
    this.onChange();
  }

  // There is good reason to believe that the next dial succeeds.
  kick() {
    this.attempts = 0;
    if (this.socket === null) this.dialAt = Math.max(performance.now(), this.dialedAt + DIAL_FLOOR_MS);
  }

  tick() {
    const now = performance.now();
    if (this.socket !== null) this.watch(now);
    if (this.socket === null) {
      if (now >= this.statusAt) this.ask(now);
      if (this.refused === null && now >= this.dialAt) this.dial(now);
    }
    this.onChange();
  }

  watch(now) {
    const slowest = Math.max(0, ...this.gaps);
    const patience = Math.min(HEARTBEAT_LONGEST_MS, Math.max(HEARTBEAT_SHORTEST_MS, HEARTBEAT_GAPS * slowest));
    const limit = !this.opened ? DIAL_MS : !this.synced ? FIRST_MESSAGE_MS : patience;
    if (now - this.heardAt > limit) {
      this.lose(now);
    } else if (this.snapshot?.live.state === "running" && now - this.frameAt > FRAME_MS) {
      this.askPreviewRestart(now);
    } else if (this.snapshot?.live.state !== "running") {
      this.frameAt = now; // the wait for a frame begins when live view runs
      this.framesSince = null;
    }
  }

  // A new socket cannot mend a camera; asking for live view again may. The service knows whether there is a need.
  askPreviewRestart(now) {
    if (now - this.previewAskedAt < PREVIEW_RESTART_MS) return;
    this.previewAskedAt = now;
    fetch(`${this.base}/liveview/start`, { method: "POST", signal: AbortSignal.timeout(STATUS_REQUEST_MS) }).catch(
      (error) => console.info("live view could not be asked for:", error.message),
    );
  }

  // Browsers hide why a dial failed; the status route tells. One question at a time.
  async ask(now) {
    if (this.asking) return;
    this.asking = true;
    try {
      const answer = await fetch(`${this.base}/capture/status`, {
        cache: "no-store",
        signal: AbortSignal.timeout(STATUS_REQUEST_MS),
      });
      if (REFUSED_STATUSES.includes(answer.status)) {
        this.refused = answer.status;
      } else if (answer.ok && this.socket === null) {
        const { refused, held } = this;
        this.refused = null;
        const rebooted = this.learn(await answer.json(), performance.now());
        // During a pause the service takes new connections; a dial that the pause had part in is no attempt.
        if (rebooted || refused !== null || (this.held && !held)) this.kick();
      }
    } catch (error) {
      // Unknown: neither yes nor no. Dialing goes on.
      console.info("the service did not say how it is:", error.message);
    } finally {
      this.asking = false;
      const probe = REFUSED_PROBES_MS[Math.min(this.probes, REFUSED_PROBES_MS.length - 1)];
      this.probes = this.refused === null ? 0 : this.probes + 1;
      this.statusAt = performance.now() + (this.refused === null ? STATUS_EVERY_MS : probe);
      if (this.refused !== null) this.dialAt = this.statusAt;
      this.onChange();
    }
  }
}

// What the page's own address asks of the stream (?max_fps=10&scale=half); what the service would refuse is left out.
function hints(search) {
  const asked = new URLSearchParams(search);
  const wanted = new URLSearchParams();
  if (SCALES.has(asked.get("scale"))) wanted.set("scale", asked.get("scale"));
  const fps = Number(asked.get("max_fps") ?? NaN);
  if (fps >= 1 && fps <= 240) wanted.set("max_fps", String(fps));
  return wanted.size ? `?${wanted}` : "";
}
