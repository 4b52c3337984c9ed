// Draws frames: always the newest, one decode at a time, so that a slow machine misses frames and never lags behind.

export class Picture {
  // `onDrawn(frame, generation)` follows each frame that can be seen; a frame that cannot be decoded is left out.
  constructor(canvas, onDrawn) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.onDrawn = onDrawn;
    this.waiting = null;
    this.busy = false;
    this.generation = 0;
  }

  show(frame, generation) {
    this.waiting = frame;
    this.generation = generation;
    if (!this.busy) this.work();
  }

  async work() {
    this.busy = true;
    while (this.waiting !== null) {
      const { waiting: frame, generation } = this;
      this.waiting = null;
      try {
        const bitmap = await createImageBitmap(frame.jpeg);
        if (generation === this.generation) this.draw(bitmap, frame, generation);
        bitmap.close();
      } catch (error) {
        console.info(`frame ${frame.sequence} cannot be shown:`, error.message);
      }
    }
    this.busy = false;
  }

  draw(bitmap, frame, generation) {
    if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
      this.canvas.width = bitmap.width;
      this.canvas.height = bitmap.height;
      this.canvas.parentElement.style.setProperty("--ratio", String(bitmap.width / bitmap.height));
    }
    this.context.drawImage(bitmap, 0, 0);
    this.onDrawn(frame, generation);
  }
}
