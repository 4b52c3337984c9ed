// The camera's settings as this page knows them: read when the camera tells of a change, changed one after another.

import { ask } from "../service.js";

const READ_MS = 60_000; // during a capture the answer comes when it has ended
const AGAIN_MS = 3000;

export class Settings {
  // `onChange()`: what `list`, `pending` or `trouble` say has changed.
  constructor(base, onChange) {
    this.base = base;
    this.onChange = onChange;
    this.list = null; // as GET /settings has it; null: not known yet
    this.complete = false; // whether `list` has every setting: a slow camera is read in several steps
    this.rev = null; // the camera's, at which `list` was read
    this.told = null; // the rev that the newest snapshot told of
    this.pending = new Map(); // what is being set: value by name
    this.trouble = null; // why the settings are not known
    this.wanted = false; // somebody looks at them
    this.reading = false;
    this.notBefore = 0;
    this.camera = null;
    this.glanced = null; // the camera that was asked though nobody looks: once is enough to know what it can do
    this.turn = Promise.resolve(); // changes go one after another
  }

  // To be called with each snapshot, while the service answers. `calm`: the camera has nothing more urgent to do.
  update(snapshot, calm) {
    const camera = `${snapshot.boot_id} ${snapshot.camera.id}`;
    if (camera !== this.camera) {
      this.camera = camera;
      this.rev = this.told = null;
    }
    const told = snapshot.settings;
    const news = told && (this.rev === null || told.rev > this.rev);
    if (news && this.list !== null && told.rev !== this.told) this.take(told);
    const usable = ["ready", "capturing"].includes(snapshot.camera.state);
    const stale = this.rev === null || news;
    const due = this.wanted ? stale : calm && this.rev === null && this.glanced !== camera;
    if (due && usable && !this.reading && performance.now() >= this.notBefore) {
      this.glanced = camera;
      this.read();
    }
  }

  // What the snapshot tells of a dial is shown at once; the choices follow.
  take({ rev, values }) {
    this.told = rev;
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
      this.trouble = error;
      this.notBefore = performance.now() + AGAIN_MS;
    } finally {
      this.reading = false;
    }
    this.onChange();
  }

  // `complete` false: a slow camera is still being read, and what is known by now is shown. What was asked before this
  // run of the service was known may be the last word of the run before, whose revisions say nothing about this one's:
  // it is asked for again.
  learn({ rev, settings, complete = true }, camera) {
    if (camera !== this.camera) return;
    this.list = settings;
    this.complete = complete;
    this.rev = complete ? rev : null;
    if (!complete) this.notBefore = performance.now() + AGAIN_MS;
    this.trouble = null;
  }

  // Sets one; gives null when the camera has taken it, else the `Refused`. The camera's word stands in either case.
  change(name, value) {
    this.pending.set(name, value);
    this.onChange();
    const outcome = this.turn.then(async () => {
      // Somebody turned on meanwhile: only where he stopped is set.
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
