// Passkeys: asks the browser for a credential and posts it in a form.
//
// <button data-passkey="create|get|login" data-form="form id"
//         data-options="id of a json_script" or data-options-url="address that gives them"
//         data-passwordless="id of a checkbox">
// The form has an input named `credential`; [data-passkey-error] shows what went wrong.

const problem = document.querySelector('[data-passkey-error]')

const WORDS = {
  NotAllowedError: 'Nothing was chosen, or it took too long. Try again.',
  InvalidStateError: 'This key is added already.',
  SecurityError: 'Passkeys do not work at this address.',
  NotSupportedError: 'This browser or key cannot do what is needed.'
}

function say (text) {
  problem.textContent = text
  problem.hidden = !text
}

function toBytes (text) {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0))
}

function toText (buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const described = (list) => (list ?? []).map((entry) => ({ ...entry, id: toBytes(entry.id) }))

/** A passkey belongs to a host name; browsers refuse bare addresses. */
function obstacle () {
  if (!window.isSecureContext || !window.PublicKeyCredential) {
    return 'Passkeys need HTTPS and a browser that knows them.'
  }
  if (/^[\d.]+$|^\[/.test(location.hostname)) {
    const port = location.port ? `:${location.port}` : ''
    return `Passkeys need a host name: open this page at ${location.protocol}//localhost${port}/.`
  }
  return ''
}

async function optionsOf (button) {
  if (button.dataset.options) {
    return JSON.parse(document.getElementById(button.dataset.options).textContent)
  }
  const answer = await fetch(button.dataset.optionsUrl, { headers: { Accept: 'application/json' } })
  if (!answer.ok) throw new Error(`The server answered ${answer.status}. Try again later.`)
  return answer.json()
}

async function create (button) {
  const { publicKey } = (await optionsOf(button)).creation_options
  const selection = { ...publicKey.authenticatorSelection }
  const box = document.getElementById(button.dataset.passwordless ?? '')
  if (box) {
    selection.residentKey = box.checked ? 'required' : 'discouraged'
    selection.requireResidentKey = box.checked
    if (box.checked) selection.userVerification = 'required'
  }
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      authenticatorSelection: selection,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: described(publicKey.excludeCredentials)
    }
  })
  return wire(made, {
    clientDataJSON: toText(made.response.clientDataJSON),
    attestationObject: toText(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? []
  })
}

async function get (button) {
  const { publicKey } = (await optionsOf(button)).request_options
  const shown = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: described(publicKey.allowCredentials)
    }
  })
  const { response } = shown
  return wire(shown, {
    clientDataJSON: toText(response.clientDataJSON),
    authenticatorData: toText(response.authenticatorData),
    signature: toText(response.signature),
    userHandle: response.userHandle ? toText(response.userHandle) : null
  })
}

function wire (credential, response) {
  return {
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    response,
    clientExtensionResults: credential.getClientExtensionResults()
  }
}

async function pressed (event) {
  const button = event.currentTarget
  const form = document.getElementById(button.dataset.form)
  say(obstacle())
  if (!problem.hidden) return
  button.setAttribute('aria-busy', 'true')
  try {
    const credential = await (button.dataset.passkey === 'create' ? create : get)(button)
    form.elements.namedItem('credential').value = JSON.stringify(credential)
    form.submit()
  } catch (error) {
    say(WORDS[error.name] ?? error.message)
  } finally {
    button.removeAttribute('aria-busy')
  }
}

for (const button of document.querySelectorAll('[data-passkey]')) {
  button.addEventListener('click', pressed)
}
