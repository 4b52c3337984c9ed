// The service's clock, estimated from its messages. Times of this page are milliseconds of performance.now().

export class ServiceClock {
  #bootId = null;
  #offsetUs = null;

  // The fastest message gives the best estimate of the clocks' difference. Another run of the service may be on another machine.
  hear(snapshot, now) {
    const offset = now * 1000 - snapshot.now_us;
    const known = this.#offsetUs !== null && this.#bootId === snapshot.boot_id;
    this.#offsetUs = known ? Math.min(this.#offsetUs, offset) : offset;
    this.#bootId = snapshot.boot_id;
  }

  // How old a frame is, in milliseconds; null before the service's clock is known.
  ageOf(frame, now) {
    if (this.#offsetUs === null) return null;
    return Math.max(0, (now * 1000 - this.#offsetUs - frame.capturedUs) / 1000);
  }
}
