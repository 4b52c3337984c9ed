// Takes a photo and says how it went. A capture whose answer got lost is looked up by its key, never taken twice.

import { seconds, sentence } from "./words.js";

const ANSWER_MS = 900_000; // beyond any exposure; the service has its own, shorter deadlines
const LOOK_UP_MS = 2000;
const LOOK_UP_EVERY_MS = 1000;
const LOOK_UP_FOR_MS = 120_000;

export class Shutter {
  // `base`: the camera's routes. `reachable()`: whether the service answers now. `report({tone, text, note, photo})`
  // is called with every piece of news; `note` is a file's name, `photo` an address.
  constructor(button, base, reachable, report) {
    this.button = button;
    this.base = base;
    this.reachable = reachable;
    this.report = report;
    this.busy = false;
    this.session = `page-${randomText(2)}`;
    this.sequence = 0;
    button.addEventListener("click", () => this.press());
    document.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const plain = !event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey;
    // What has the focus answers to these keys by itself.
    const elsewhere = event.target === document.body || event.target === document.documentElement;
    if (plain && elsewhere && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      this.press();
    }
  }

  async press() {
    if (this.busy) return;
    if (!this.reachable()) {
      this.report(failure("there is no connection to the service"));
      return;
    }
    this.setBusy(true);
    this.report({ tone: "soft", text: "Taking a photo…" });
    try {
      this.report(await this.take());
    } finally {
      this.setBusy(false);
    }
  }

  async take() {
    const key = randomText(16);
    this.sequence += 1;
    let answer, body;
    try {
      answer = await fetch(`${this.base}/capture`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key },
        body: JSON.stringify({ session_id: this.session, sequence_number: this.sequence }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      body = await answer.json();
    } catch (error) {
      console.info("the answer to a capture got lost:", error.message);
      return this.lookUp(key);
    }
    if (answer.ok) return this.success(body.capture_id, body.image_path, body.capture_time_ms);
    return failure(body.detail ?? body.error ?? `the service answered ${answer.status}`);
  }

  async success(captureId, path, elapsedMs) {
    const text = `Photo saved${elapsedMs ? ` after ${seconds(elapsedMs)}` : ""}.`;
    const note = path ? path.split("/").pop() : "";
    try {
      const record = captureId && (await getJson(`/api/v1/captures/${captureId}`));
      const file = record?.files.find((each) => each.media_type === "image/jpeg");
      return { tone: "good", text, note, photo: file ? `/api/v1/photos/${file.id}` : null };
    } catch (error) {
      console.info("the photo is saved but cannot be shown:", error.message);
      return { tone: "good", text, note, photo: null };
    }
  }

  // Asks the service, once it answers again, what became of the capture with this key.
  async lookUp(key) {
    this.report({ tone: "soft", text: "The connection was lost. Asking what became of the photo…" });
    const until = performance.now() + LOOK_UP_FOR_MS;
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_UP_EVERY_MS));
      try {
        const page = await getJson("/api/v1/captures");
        const record = page.captures.find((each) => each.idempotency_key === key);
        if (!record) return failure("the service knows of no such capture; take it again");
        if (record.phase === "saved") return this.success(record.id, record.files[0]?.path, record.capture_time_ms);
        if (record.phase === "failed") return failure(record.error ?? "the capture failed");
      } catch (error) {
        console.info("the service does not answer yet:", error.message);
      }
    }
    return failure("the service did not come back; look into its photo folder before you take it again");
  }

  setBusy(busy) {
    this.busy = busy;
    // Not `disabled`: that would take the focus away from those who use the keyboard.
    this.button.setAttribute("aria-disabled", String(busy));
  }
}

function failure(reason) {
  return { tone: "wrong", text: `No photo: ${sentence(reason)}` };
}

async function getJson(address) {
  const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(LOOK_UP_MS) });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

// crypto.randomUUID exists in secure contexts only; a booth on a LAN is none.
function randomText(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
