// The camera's settings: read after each change that the camera reports, changed one after the other.

import { ask } from "../service.js";

const READ_MS = 60_000; // during a capture the answer comes when it has ended
const AGAIN_MS = 3000;

export class Settings {
  // `onChange()`: `list`, `pending` or `failure` has changed.
  constructor(base, onChange) {
    this.base = base;
    this.onChange = onChange;
    this.list = null; // as in GET /settings; null: not known yet
    this.complete = false; // whether `list` has every setting: a slow camera is read in several steps
    this.rev = null; // the camera's revision of `list`
    this.reported = null; // the revision in the newest snapshot
    this.pending = new Map(); // what is being set: value by name
    this.failure = null; // why they could not be read
    this.wanted = false; // the drawer is open
    this.reading = false;
    this.notBefore = 0;
    this.camera = null;
    this.glanced = null; // the camera that was read with the drawer closed: once is enough to know its abilities
    this.turn = Promise.resolve(); // changes go one after another
  }

  // To be called with each snapshot, while the service answers. `calm`: the camera has nothing more urgent to do.
  update(snapshot, calm) {
    const camera = `${snapshot.boot_id} ${snapshot.camera.id}`;
    if (camera !== this.camera) {
      this.camera = camera;
      this.rev = this.reported = null;
    }
    const reported = snapshot.settings;
    const news = reported && (this.rev === null || reported.rev > this.rev);
    if (news && this.list !== null && reported.rev !== this.reported) this.take(reported);
    const usable = ["ready", "capturing"].includes(snapshot.camera.state);
    const stale = this.rev === null || news;
    const due = this.wanted ? stale : calm && this.rev === null && this.glanced !== camera;
    if (due && usable && !this.reading && performance.now() >= this.notBefore) {
      this.glanced = camera;
      this.read();
    }
  }

  // Values in the snapshot are shown immediately; the choices follow.
  take({ rev, values }) {
    this.reported = rev;
    for (const setting of this.list) {
      if (setting.kind === "choice" && setting.name in values) setting.value = values[setting.name];
    }
    this.onChange();
  }

  async read() {
    const { camera } = this;
    this.reading = true;
    try {
      this.learn((await ask(`${this.base}/settings`, { withinMs: READ_MS })).body, camera);
    } catch (error) {
      this.failure = error;
      this.notBefore = performance.now() + AGAIN_MS;
    } finally {
      this.reading = false;
    }
    this.onChange();
  }

  // `complete` false: a slow camera is still being read; the known settings are shown. A response to a request from before
  // this run of the service was known may come from the previous run, whose revisions are not comparable: request again.
  learn({ rev, settings, complete = true }, camera) {
    if (camera !== this.camera) return;
    this.list = settings;
    this.complete = complete;
    this.rev = complete ? rev : null;
    if (!complete) this.notBefore = performance.now() + AGAIN_MS;
    this.failure = null;
  }

  // Changes one setting; returns null, or the `Refused`. The value that the camera reports is shown in either case.
  change(name, value) {
    this.pending.set(name, value);
    this.onChange();
    const outcome = this.turn.then(async () => {
      // The user has changed it again meanwhile: only the last value is sent.
      if (this.pending.get(name) !== value) return null;
      const { camera } = this;
      try {
        this.learn((await ask(`${this.base}/settings`, { method: "PATCH", body: { [name]: value }, withinMs: READ_MS })).body, camera);
        return null;
      } catch (error) {
        return error;
      } finally {
        if (this.pending.get(name) === value) this.pending.delete(name);
        this.onChange();
      }
    });
    this.turn = outcome;
    return outcome;
  }
}
