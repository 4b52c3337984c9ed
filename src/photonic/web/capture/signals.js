// Signals of a photo: synthesised sounds and a white screen. Each can be turned off.

const FLASH_MS = 260;
// WCAG 2.2, 2.3.1: not more than three flashes within a second; a burst is faster.
const FLASH_EVERY_MS = 1000;
const QUIET = 0.0001; // an exponential ramp cannot reach zero

// Whether this capture's shutter has opened: to a slow machine, nobody may have reported the exposure itself.
export function isTaken(capture) {
  return capture.phase === "exposing" || capture.phase === "downloading";
}

export class Signals {
  // `choices`: {sound, flash}, read at each signal. `screen`: parent of the white screen.
  constructor(choices, screen = document.body) {
    this.choices = choices;
    this.screen = screen;
    this.context = null;
    this.flashedAt = -Infinity;
    this.last = null;
  }

  // Browsers allow sound only after a user gesture: call this while handling a press.
  wake() {
    if (!this.choices.sound || typeof AudioContext === "undefined") return;
    this.context ??= new AudioContext();
    // Without a sound device it stays suspended, and the page is silent.
    if (this.context.state === "suspended") this.context.resume().catch(() => {});
  }

  // One second of a countdown; the last three are higher.
  tick(left) {
    this.tone(left <= 3 ? 1175 : 784, 0.09, 0.22);
  }

  done() {
    this.tone(1046, 0.08, 0.16);
    this.tone(1568, 0.16, 0.16, 0.09);
  }

  failed() {
    this.tone(196, 0.25, 0.2);
  }

  // The photo of the capture `id` is exposed: two curtains, and light, once. Returns whether it was new.
  exposed(id) {
    if (id === this.last) return false;
    this.last = id;
    this.curtain(0, 0.35);
    this.curtain(0.075, 0.22);
    this.flash();
    return true;
  }

  flash() {
    const now = performance.now();
    if (!this.choices.flash || now - this.flashedAt < FLASH_EVERY_MS) return;
    this.flashedAt = now;
    const light = document.createElement("div");
    light.className = "screen-flash";
    light.setAttribute("aria-hidden", "true");
    this.screen.append(light);
    setTimeout(() => light.remove(), FLASH_MS);
  }

  get ready() {
    return this.choices.sound && this.context !== null && this.context.state === "running";
  }

  tone(hertz, seconds, loudness, delay = 0) {
    if (!this.ready) return;
    const source = this.context.createOscillator();
    source.frequency.value = hertz;
    this.play(source, source, seconds, loudness, delay);
  }

  curtain(delay, loudness) {
    if (!this.ready) return;
    const { context } = this;
    const seconds = 0.045;
    const noise = context.createBuffer(1, Math.ceil(context.sampleRate * seconds), context.sampleRate);
    noise.getChannelData(0).forEach((_sample, at, samples) => (samples[at] = Math.random() * 2 - 1));
    const source = context.createBufferSource();
    source.buffer = noise;
    const filter = context.createBiquadFilter();
    filter.type = "bandpass";
    filter.frequency.value = 2600;
    this.play(source, source.connect(filter), seconds, loudness, delay);
  }

  play(source, last, seconds, loudness, delay) {
    const { context } = this;
    const at = context.currentTime + delay;
    const volume = context.createGain();
    volume.gain.setValueAtTime(loudness, at);
    volume.gain.exponentialRampToValueAtTime(QUIET, at + seconds);
    last.connect(volume).connect(context.destination);
    source.start(at);
    source.stop(at + seconds);
  }
}
