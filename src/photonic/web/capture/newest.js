// The newest photo of the camera, whoever took it: what it is, when it was taken, and its picture made small.

import { pixelsOf } from "../picture/place.js";
import { ask } from "../service.js";

const RECORDS = 10;
const PHOTO_MS = 30_000;
const HEADER_BYTES = 400_000; // more than the Exif and the preview before a JPEG's frame header
const WIDTH = 1600;
const AGAIN_MS = 2000;
// A photo is counted a moment before its record says that it is saved.
const SOON_MS = 300;
const SOON_TIMES = 5;

export class NewestPhoto {
  // `onPhoto({record, bitmap, address, pixels, takenAt})`: `takenAt` on this page's clock (performance.now); `bitmap` null
  // when the photo has no JPEG, or cannot be shown; `pixels`: [width, height] of the photo, or null. `onPhoto(null)`:
  // there is no photo.
  constructor(cameraOf, onPhoto) {
    this.cameraOf = cameraOf;
    this.onPhoto = onPhoto;
    this.seen = null; // of which state of the service: boot and count
    this.shown = undefined; // the record's id
    this.busy = false;
    this.notBefore = 0;
    this.tries = 0;
  }

  // To be called with each snapshot.
  update(snapshot) {
    const state = `${snapshot.boot_id} ${snapshot.capture_count}`;
    if (state === this.seen || this.busy || performance.now() < this.notBefore) return;
    this.look(state);
  }

  async look(state) {
    this.busy = true;
    try {
      const camera = encodeURIComponent(this.cameraOf());
      const { body, headers } = await ask(`/api/v1/captures?limit=${RECORDS}&camera=${camera}`);
      const record = body.captures.find((each) => each.phase === "saved");
      if (record?.id === this.shown && ++this.tries < SOON_TIMES) {
        this.notBefore = performance.now() + SOON_MS;
        return;
      }
      this.seen = state;
      this.tries = 0;
      if (record?.id === this.shown) return;
      this.shown = record?.id;
      if (record === undefined) return this.onPhoto(null);
      // Both times are of the service's clock: what this machine takes for the time of day does not matter.
      const age = Date.parse(headers.get("Date")) - Date.parse(record.metadata?.timestamp ?? record.created_at);
      const takenAt = performance.now() - Math.max(0, age || 0);
      this.onPhoto({ record, takenAt, ...(await pictureOf(record)) });
    } catch (error) {
      console.info("the newest photo is not known:", error.message);
      this.notBefore = performance.now() + AGAIN_MS;
    } finally {
      this.busy = false;
    }
  }
}

// Made small as it is decoded: 24 megapixels are too much to keep.
export async function pictureOf(record) {
  const file = record.files.find((each) => each.media_type === "image/jpeg");
  if (file === undefined) return { bitmap: null, address: null, pixels: null };
  const address = `/api/v1/photos/${file.id}`;
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PHOTO_MS) });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const photo = await answer.blob();
    const pixels = pixelsOf(new Uint8Array(await photo.slice(0, HEADER_BYTES).arrayBuffer()));
    return { bitmap: await createImageBitmap(photo, { resizeWidth: WIDTH, resizeQuality: "medium" }), address, pixels };
  } catch (error) {
    console.info("the photo cannot be shown:", error.message);
    return { bitmap: null, address, pixels: null };
  }
}

export function paint(canvas, bitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}
