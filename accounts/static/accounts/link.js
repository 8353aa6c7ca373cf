"use strict";

// The token is in the fragment, which no browser sends anywhere. It is taken out of the address bar and the history at once.
const form = document.querySelector("form");
const message = document.getElementById("message");
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);

function say(text) {
  message.textContent = text;
  message.hidden = false;
  message.focus();
}

function bodyOf(fields) {
  const filled = [...new FormData(fields)].filter(([, value]) => value !== "");
  return JSON.stringify({ token, ...Object.fromEntries(filled) });
}

function reasons(problem) {
  const told = (problem.errors ?? []).map((error) => error.detail);
  return (told.length ? told : [problem.detail ?? problem.title]).join(" ");
}

async function send() {
  const answer = await fetch(form.dataset.action, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    credentials: "omit",
    body: bodyOf(form),
  });
  if (!answer.ok) {
    return say(reasons(await answer.json()));
  }
  form.hidden = true;
  say(form.dataset.done);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  await send().catch(() => say("The server cannot be reached. Please try again."));
  button.disabled = false;
});

if (token) {
  form.hidden = false;
  form.querySelector("input, button").focus();
} else {
  say("This link is not complete. Open it from the mail once more.");
}
