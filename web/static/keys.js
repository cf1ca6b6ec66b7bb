// Security keys (WebAuthn). A form with data-key="get" or "create" asks the browser for a key and sends the answer in its
// field "answer"; a code typed into the form makes that needless. Without this file only codes work.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const options = (form) => {
    const asked = JSON.parse(form.dataset.options);
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const known of [...(asked.allowCredentials || []), ...(asked.excludeCredentials || [])]) known.id = bytes(known.id);
    return asked;
  };
  const ask = async (form) => {
    const create = form.dataset.key === "create";
    const made = await navigator.credentials[create ? "create" : "get"]({ publicKey: options(form) });
    const response = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature"]) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
  };
  const say = (form, words) => {
    const state = form.querySelector("[data-key-state]");
    state.hidden = !words;
    state.textContent = words;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const answer = form.querySelector("[name=answer]");
    if (!form.dataset.key || !answer || answer.value) return;
    if (form.querySelector("[name=otp], [name=spare]")?.value) return;
    if (form.dataset.busy) return event.preventDefault();
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    const words = form.querySelector("[data-key-state]").dataset;
    if (location.origin !== form.dataset.origin) return say(form, `${words.elsewhere} ${form.dataset.origin}`);
    if (!window.PublicKeyCredential) return say(form, words.none);
    form.dataset.busy = "1";
    say(form, "");
    try {
      answer.value = await ask(form);
      form.requestSubmit(button);
    } catch (error) {
      answer.value = "";
      say(form, error.name === "InvalidStateError" ? words.known : words.failed);
    } finally {
      delete form.dataset.busy;
    }
  }, true);
  addEventListener("pageshow", () => {
    for (const answer of document.querySelectorAll("form[data-key] [name=answer]")) answer.value = "";
  });
})();
