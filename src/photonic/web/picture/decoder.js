// Decodes JPEGs: in a worker if possible, otherwise on this thread without aids.

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

  // Returns {bitmap, bins, marks}; `bins` and `marks` are null unless requested in `aids` ({histogram, zebra, peaking}).
  // Rejects for invalid pictures. The caller closes the bitmaps.
  async decode(jpeg, aids) {
    // The first frames do not wait for the worker.
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

  // Browsers without modules in workers fail here: pending frames are lost, the next one is decoded on this thread.
  #giveUpWorker() {
    this.#worker.terminate();
    this.#ready = false;
    for (const { reject } of this.#waiting.values()) reject(new Error("the worker could not run"));
    this.#waiting.clear();
  }
}
