// The camera's newest photo, regardless of its origin: record, time and thumbnail.

import { rooted } from "../address.js";
import { ask } from "../service.js";

const RECORDS = 10;
const PHOTO_MS = 30_000;
const LONGEST = 1600; // pixels of the longer side
const AGAIN_MS = 2000;
// The count rises a moment before the record is saved.
const SOON_MS = 300;
const SOON_TIMES = 5;

export class NewestPhoto {
  // `onPhoto({record, bitmap, address, pixels, takenAt})`: `takenAt` on this page's clock (performance.now); `bitmap` null
  // if the photo cannot be shown; `pixels`: [width, height] of its JPEG before rotation, or null if unknown.
  // `onPhoto(null)`: there is no photo.
  constructor(cameraOf, onPhoto) {
    this.cameraOf = cameraOf;
    this.onPhoto = onPhoto;
    this.seen = null; // boot id and count of the last known state
    this.shown = undefined; // the record's id
    this.busy = false;
    this.notBefore = 0;
    this.tries = 0;
  }

  // To be called with each snapshot.
  update(snapshot) {
    const state = `${snapshot.boot_id} ${snapshot.capture_count}`;
    if (state === this.seen || this.busy || performance.now() < this.notBefore) return;
    this.load(state);
  }

  async load(state) {
    this.busy = true;
    try {
      const camera = encodeURIComponent(this.cameraOf());
      const { body, headers } = await ask(rooted(`/api/v1/captures?limit=${RECORDS}&camera=${camera}`));
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
      // Both times come from the service's clock, so that this machine's clock does not matter.
      const age = Date.parse(headers.get("Date")) - Date.parse(record.metadata?.timestamp ?? record.created_at);
      const takenAt = performance.now() - Math.max(0, age || 0);
      this.onPhoto({ record, takenAt, ...(await pictureOf(record)) });
    } catch (error) {
      console.info("could not load the newest photo:", error.message);
      this.notBefore = performance.now() + AGAIN_MS;
    } finally {
      this.busy = false;
    }
  }
}

// The service's thumbnail: 24 megapixels are too much to download and to keep, and a single RAW file has only its embedded
// preview.
export async function pictureOf(record) {
  const jpeg = record.files.find((each) => each.media_type === "image/jpeg");
  const file = jpeg ?? record.files[0];
  if (file === undefined) return { bitmap: null, address: null, pixels: null };
  const small = rooted(`/api/v1/photos/${file.id}/thumbnail?size=${LONGEST}`);
  const shown = { address: jpeg === undefined ? small : rooted(`/api/v1/photos/${file.id}`), pixels: jpeg === undefined ? null : pixelsOf(jpeg) };
  try {
    const answer = await fetch(small, { signal: AbortSignal.timeout(PHOTO_MS) });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return { bitmap: await createImageBitmap(await answer.blob()), ...shown };
  } catch (error) {
    console.info("could not show the photo:", error.message);
    return { bitmap: null, ...shown };
  }
}

function pixelsOf({ exif }) {
  return exif?.width_pixels && exif.height_pixels ? [exif.width_pixels, exif.height_pixels] : null;
}

export function paint(canvas, bitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}
