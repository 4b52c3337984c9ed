// Live view without a WebSocket: frames as MJPEG, snapshots as server-sent events, both over plain HTTP. It implements as
// much of a WebSocket's interface as live.js uses, so that the session machine sees no difference.

import { SUBPROTOCOL } from "./session/frame.js";
import { retryAfterOf } from "./session/states.js";

const HEADER_BYTES = 24;
const VERSION = 1;
const HEAD_LIMIT_BYTES = 8 * 1024;
const PART_LIMIT_BYTES = 32 * 1024 * 1024;
const EVENT_LIMIT_CHARACTERS = 1024 * 1024;
const NORMAL = 1000;
const ABNORMAL = 1006;

export class PlainLive {
  protocol = SUBPROTOCOL;
  onopen = null;
  onmessage = null;
  onclose = null;
  #abort = new AbortController();
  #ended = false;
  #retryAfter = null;

  // `pictures`, `events`: the addresses of the two streams.
  constructor(pictures, events) {
    this.#run(pictures, events);
  }

  close() {
    this.#end(NORMAL);
  }

  async #run(pictures, events) {
    const options = { cache: "no-store", signal: this.#abort.signal };
    try {
      const answers = await Promise.all([fetch(pictures, options), fetch(events, options)]);
      const refused = answers.find(({ ok }) => !ok);
      if (refused !== undefined) {
        this.#retryAfter = retryAfterOf(refused);
        throw new Error(`${refused.url} answered ${refused.status}`);
      }
      this.onopen?.();
      // When one ends, both end.
      await Promise.race([this.#pass(answers[0], new PartReader()), this.#pass(answers[1], new EventReader())]);
    } catch (error) {
      console.info("the plain live view has ended:", error.message);
    }
    this.#end(ABNORMAL);
  }

  async #pass(answer, reader) {
    for (const stream = answer.body.getReader(); ; ) {
      const { done, value } = await stream.read();
      if (done || this.#ended) return;
      for (const data of reader.feed(value)) if (!this.#ended) this.onmessage?.({ data });
    }
  }

  #end(code) {
    if (this.#ended) return;
    this.#ended = true;
    this.#abort.abort();
    // Like a WebSocket: never within the call that closes it.
    setTimeout(() => this.onclose?.({ code, retryAfter: this.#retryAfter }));
  }
}

// Converts multipart/x-mixed-replace to live messages (protocol/live.py). Each part has a Content-Length.
class PartReader {
  #held = new Uint8Array(0);

  *feed(bytes) {
    this.#held = joined(this.#held, bytes);
    for (;;) {
      const end = endOfHead(this.#held);
      if (end < 0) {
        if (this.#held.length > HEAD_LIMIT_BYTES) throw new Error("a part without headers");
        return;
      }
      const fields = fieldsOf(new TextDecoder().decode(this.#held.subarray(0, end)));
      const length = Number(fields.get("content-length"));
      if (!(length > 0 && length <= PART_LIMIT_BYTES)) throw new Error(`a part of ${fields.get("content-length")} bytes`);
      if (this.#held.length < end + length) return;
      yield message(fields, this.#held.subarray(end, end + length));
      this.#held = this.#held.slice(end + length);
    }
  }
}

// Extracts the data of each event from a text/event-stream.
class EventReader {
  #held = "";
  #decoder = new TextDecoder();

  *feed(bytes) {
    this.#held += this.#decoder.decode(bytes, { stream: true });
    const events = this.#held.split("\n\n");
    this.#held = events.pop();
    if (this.#held.length > EVENT_LIMIT_CHARACTERS) throw new Error("an unterminated event");
    for (const event of events) {
      const lines = event.split("\n").filter((line) => line.startsWith("data: "));
      if (lines.length > 0) yield lines.map((line) => line.slice(6)).join("\n");
    }
  }
}

function message(fields, jpeg) {
  const whole = new Uint8Array(HEADER_BYTES + jpeg.length);
  const header = new DataView(whole.buffer);
  header.setUint8(0, VERSION);
  header.setBigUint64(8, BigInt(fields.get("x-sequence") ?? 0));
  header.setBigUint64(16, BigInt(fields.get("x-timestamp") ?? 0));
  whole.set(jpeg, HEADER_BYTES);
  return whole.buffer;
}

function fieldsOf(head) {
  const lines = head.split("\r\n").map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]);
  return new Map(lines);
}

// The offset after the blank line that ends the headers; -1: not received yet.
function endOfHead(bytes) {
  const last = Math.min(bytes.length, HEAD_LIMIT_BYTES) - 3;
  for (let at = 0; at < last; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  return -1;
}

function joined(one, other) {
  if (one.length === 0) return other;
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
