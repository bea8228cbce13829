// Asks the browser for a passkey, or to make one, and sends its answer with the form.

const options = JSON.parse(document.getElementById("passkey-options").textContent).publicKey;
const failed = document.getElementById("passkey-failed");

function bytes(text) {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
}

function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function withBytes(given) {
  const found = { ...given, challenge: bytes(given.challenge) };
  if (given.user) {
    found.user = { ...given.user, id: bytes(given.user.id) };
  }
  for (const name of ["allowCredentials", "excludeCredentials"]) {
    if (given[name]) {
      found[name] = given[name].map((one) => ({ ...one, id: bytes(one.id) }));
    }
  }
  return found;
}

function asJson(credential) {
  const response = {};
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const name of parts) {
    if (credential.response[name]) {
      response[name] = text(credential.response[name]);
    }
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const publicKey = withBytes(options);
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
      form.elements.answer.value = JSON.stringify(asJson(credential));
    } catch {
      failed.hidden = false;
      return;
    }
    // Past this listener.
    form.submit();
  });
}
