// Unique random texts for keys and sessions.

// crypto.randomUUID exists only in secure contexts; a booth on a LAN is not one.
export function randomText(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
