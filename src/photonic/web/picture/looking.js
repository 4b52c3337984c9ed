// The user's view options, stored by the browser.

import { Choices } from "../capture/choices.js";

const DEFAULTS = { mirror: false, grid: false, safe: false, histogram: false, zebra: false, peaking: false, turns: 0 };

export const looking = new Choices("photonic.picture", DEFAULTS);

// Clockwise quarter turns, 0 to 3.
export const quarterTurns = () => Math.abs(Math.trunc(looking.values.turns)) % 4;
