// Asks the site's own API.

export async function call(method, address, { body, signal, keepalive } = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const response = await fetch(address, {
    method,
    signal,
    keepalive,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: body && JSON.stringify(body),
  });
  const reply = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (response.ok) return reply;
  const { errors = [], detail } = reply;
  const message = errors.map((error) => error.message).join(" ") || detail || response.status;
  const wait = Number(response.headers.get("Retry-After")) || 1;
  throw Object.assign(new Error(message), { status: response.status, errors, wait });
}
