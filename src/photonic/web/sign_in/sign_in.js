// The sign-in page works without this script. With it, a code in the address signs in by itself, a wait counts down, and
// the field can be read.

import "../style/theme.js";

const form = document.getElementById("sign-in");
const field = document.getElementById("credential");
const send = document.getElementById("send");
const reveal = document.getElementById("reveal");
const wait = document.getElementById("wait");
const label = send.textContent;

// "#code=..." of a QR code's address. It never reaches the service as a part of an address; it must not stay in the
// address bar and the history either.
const code = new URLSearchParams(location.hash.slice(1)).get("code");
if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
if (code !== null) {
  field.value = code;
  form.requestSubmit();
}

form.addEventListener("submit", () => {
  send.setAttribute("aria-disabled", "true");
  send.textContent = send.dataset.busy;
});
// Back from the next page, out of the browser's memory.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  send.removeAttribute("aria-disabled");
  send.textContent = label;
  field.value = "";
});

reveal.hidden = false;
reveal.addEventListener("click", () => {
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  reveal.setAttribute("aria-pressed", String(shown));
  field.focus();
});

if (wait !== null) {
  const until = performance.now() + Number(wait.dataset.seconds) * 1000;
  const count = () => {
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    wait.textContent = String(left);
    send.disabled = left > 0;
    if (left > 0) setTimeout(count, 250);
    else wait.closest(".notice").hidden = true;
  };
  count();
}
