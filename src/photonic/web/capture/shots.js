// Photos and sequences that this page requests. Each request has a key: if the response is lost, the result is looked up
// by the key, and the request is never repeated.

import { rooted } from "../address.js";
import { ask, Refused } from "../service.js";
import { randomText } from "./key.js";

const ANSWER_MS = 900_000; // beyond any exposure; the service has its own, shorter deadlines
const BEGIN_MS = 15_000;
const LOOK_UP_EVERY_MS = 1000;
const LOOK_UP_FOR_MS = 120_000;
const LOOK_AGAIN_MS = 2000;
const ENDED = new Set(["done", "cancelled", "failed"]);

export class Shots {
  // `base`: the camera's routes. `session`: the photos' session. `onLost()` is called when a response was lost and the
  // result is being looked up.
  constructor(base, session, { onLost = () => {} } = {}) {
    this.base = base;
    this.session = session;
    this.onLost = onLost;
    this.number = 0;
    this.wakers = new Set();
  }

  // Takes one photo with `wanted` fields of a request; returns its record. Throws `Refused` with the reason if it fails.
  async take(wanted = {}) {
    const key = randomText(16);
    const body = { session_id: this.session, sequence_number: ++this.number, ...wanted };
    const withinMs = ANSWER_MS + 1000 * (wanted.bulb_seconds ?? 0);
    try {
      const answer = await ask(`${this.base}/capture`, { method: "POST", body, key, withinMs });
      return await this.recordOf(answer.body.capture_id);
    } catch (error) {
      if (error.kind !== "unreachable") throw error;
      return await this.ended(await this.found(key, rooted("/api/v1/captures"), "captures"));
    }
  }

  // Starts a sequence with `wanted` fields of a request; returns its record. Throws `Refused`.
  async begin(wanted) {
    const key = randomText(16);
    const body = { session_id: this.session, sequence_number: this.number + 1, ...wanted };
    this.number += wanted.count ?? wanted.stops?.length ?? 1;
    try {
      return (await ask(`${this.base}/sequences`, { method: "POST", body, key, withinMs: BEGIN_MS })).body;
    } catch (error) {
      if (error.kind !== "unreachable") throw error;
      return this.found(key, `${this.base}/sequences`, "sequences");
    }
  }

  // The report of a sequence, once it has ended. Throws `Refused` if the service does not return.
  async report(id) {
    let until = performance.now() + LOOK_UP_FOR_MS;
    while (performance.now() < until) {
      try {
        const { body } = await ask(`${this.base}/sequences/${id}?limit=1000`);
        if (ENDED.has(body.phase)) return body;
        until = performance.now() + LOOK_UP_FOR_MS;
      } catch (error) {
        if (error.kind !== "unreachable") throw error;
        this.onLost();
      }
      await this.news(LOOK_AGAIN_MS);
    }
    throw new Refused("lost", "the service did not come back");
  }

  async cancel(id) {
    await ask(`${this.base}/sequences/${id}`, { method: "DELETE", withinMs: BEGIN_MS });
  }

  // Closes the shutter of a bulb exposure; its photo is kept.
  async close(id) {
    await ask(rooted(`/api/v1/captures/${id}`), { method: "DELETE", withinMs: BEGIN_MS });
  }

  // The status has changed: waiting look-ups continue immediately.
  wake() {
    for (const waker of this.wakers) waker();
  }

  news(withinMs) {
    return new Promise((resolve) => {
      const waker = () => {
        clearTimeout(timer);
        this.wakers.delete(waker);
        resolve();
      };
      const timer = setTimeout(waker, withinMs);
      this.wakers.add(waker);
    });
  }

  async recordOf(id) {
    const until = performance.now() + LOOK_UP_FOR_MS;
    for (;;) {
      try {
        return (await ask(rooted(`/api/v1/captures/${id}`))).body;
      } catch (error) {
        if (error.kind !== "unreachable" || performance.now() > until) throw error;
        this.onLost();
        await this.news(LOOK_UP_EVERY_MS);
      }
    }
  }

  // The record that was accepted under a key, once the service responds again.
  async found(key, address, list) {
    this.onLost();
    const until = performance.now() + LOOK_UP_FOR_MS;
    while (performance.now() < until) {
      await this.news(LOOK_UP_EVERY_MS);
      try {
        const { body } = await ask(address);
        const record = body[list].find((each) => each.idempotency_key === key);
        if (record === undefined) throw new Refused("unknown", "the service knows of no such photo");
        return record;
      } catch (error) {
        if (error.kind !== "unreachable") throw error;
      }
    }
    throw new Refused("lost", "the service did not come back");
  }

  // A capture's record, once it is saved. Throws `Refused` if it failed.
  async ended(record) {
    let now = record;
    while (now.phase !== "saved") {
      if (now.phase === "failed") throw new Refused(now.error_type ?? "camera_fault", now.error ?? "the capture failed");
      await this.news(LOOK_UP_EVERY_MS);
      now = await this.recordOf(record.id);
    }
    return now;
  }
}
