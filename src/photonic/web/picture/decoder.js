// Turns a JPEG into a picture that can be painted: in a worker where there is one, else on this thread, without aids.

export class Decoder {
  #worker = null;
  #ready = false;
  #waiting = new Map();
  #count = 0;

  constructor() {
    if (typeof Worker === "undefined" || typeof OffscreenCanvas === "undefined") return;
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => (data.ready ? (this.#ready = true) : this.#answered(data));
    this.#worker.onerror = () => this.#giveUpWorker();
  }

  // Gives {bitmap, bins, marks}; `bins` and `marks` are null where not asked for in `aids` ({histogram, zebra, peaking}).
  // Rejects for what is no picture. Whoever gets bitmaps closes them.
  async decode(jpeg, aids) {
    // The first pictures do not wait for the worker.
    if (!this.#ready) return { bitmap: await createImageBitmap(jpeg), bins: null, marks: null };
    const id = (this.#count += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, jpeg, aids });
    });
  }

  #answered({ id, error, ...decoded }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(decoded);
    else waiting.reject(new Error(error));
  }

  // A browser without modules in workers says so now; what waits is lost, the next frame is decoded here.
  #giveUpWorker() {
    this.#worker.terminate();
    this.#ready = false;
    for (const { reject } of this.#waiting.values()) reject(new Error("the worker could not run"));
    this.#waiting.clear();
  }
}
