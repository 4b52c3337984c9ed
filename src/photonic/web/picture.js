// Draws frames: always the newest, one decode at a time, paced by the display. A slow machine skips frames instead of
// lagging behind.

import { Decoder } from "./picture/decoder.js";

const NO_AIDS = { histogram: false, zebra: false, peaking: false };

export class Picture {
  aids = NO_AIDS; // which aids are computed: {histogram, zebra, peaking}
  turns = 0; // quarter turns to the right
  #canvas;
  #context;
  #onDrawn;
  #onJudged;
  #decoder = new Decoder();
  #waiting = null;
  #ready = null;
  #busy = false;
  #asked = false;
  #generation = 0;

  // `onDrawn(frame, generation)` follows each painted frame; frames that cannot be decoded are skipped.
  // `onJudged({bins, marks})`: results of the aids for the frame just drawn; `marks` is valid during the call.
  constructor(canvas, onDrawn, onJudged = () => undefined) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#onDrawn = onDrawn;
    this.#onJudged = onJudged;
  }

  show(frame, generation) {
    this.#waiting = frame;
    this.#generation = generation;
    if (!this.#busy) this.#work();
  }

  async #work() {
    this.#busy = true;
    while (this.#waiting !== null) {
      const frame = this.#waiting;
      const generation = this.#generation;
      this.#waiting = null;
      try {
        this.#offer({ ...(await this.#decoder.decode(frame.jpeg, this.aids)), frame, generation });
      } catch (error) {
        console.info(`frame ${frame.sequence} cannot be shown:`, error.message);
      }
    }
    this.#busy = false;
  }

  // A frame that is not painted before the next one arrives is never painted.
  #offer(decoded) {
    this.#drop();
    this.#ready = decoded;
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      if (this.#ready !== null && this.#ready.generation === this.#generation) this.#paint(this.#ready);
      this.#drop();
    });
  }

  #drop() {
    this.#ready?.bitmap.close();
    this.#ready?.marks?.close();
    this.#ready = null;
  }

  #paint({ bitmap, bins, marks, frame, generation }) {
    const across = this.turns % 2 === 1;
    const width = across ? bitmap.height : bitmap.width;
    const height = across ? bitmap.width : bitmap.height;
    if (fit(this.#canvas, width, height)) {
      const room = this.#canvas.closest("[data-ratio]") ?? this.#canvas.parentElement;
      room.style.setProperty("--ratio", String(width / height));
    }
    turned(this.#context, bitmap, this.turns);
    this.#onJudged({ bins, marks });
    this.#onDrawn(frame, generation);
  }
}

// Resizes the canvas; returns whether that was necessary.
export function fit(canvas, width, height) {
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

// Draws a picture over the whole canvas, rotated.
export function turned(context, bitmap, turns) {
  const { width, height } = context.canvas;
  const [across, down] = turns % 2 === 1 ? [height, width] : [width, height];
  context.save();
  context.translate(width / 2, height / 2);
  context.rotate((turns * Math.PI) / 2);
  context.drawImage(bitmap, -across / 2, -down / 2, across, down);
  context.restore();
}
