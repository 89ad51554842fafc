const anotherAuthority = "set NODE_EXTRA_CA_CERTS to the file with that authority's certificate"
const issuerMissing = `the issuer of its TLS certificate is not known here; have the server send its intermediate certificates, or, if a private authority issued it, ${anotherAuthority}`
const noTls =
  'the port does not speak TLS; use the port that serves https, or an http:// address if that is what the server offers'
const oldProtocol = 'the server only offers a version of TLS that is too old; enable TLS 1.2 or 1.3 there'
const weakServer = 'the TLS settings of the server are too weak; update them there'
const handshakeRefused =
  'the server refused the TLS handshake; see its log: it may require a client certificate, which options.fetch can present, or have no cipher in common with Node'
const clientCertificate =
  'the server requires a client certificate that it trusts; set options.fetch to a fetch that presents one'
const unknownName =
  'the server serves no TLS for this host name; use a host name that it knows, or add this one there'
const noConnection =
  'no connection was made in time; check the address and port, and whether a firewall drops the connection'
const lateAnswer = "the answer did not arrive in time; check the provider's load and the proxies on the way"
const unreachable = 'check the route and the firewalls between this machine and the provider'
const largeHeaders =
  "the answer's headers are too large; make them smaller at the provider or its proxy, or start Node with a larger --max-http-header-size"
const notHttp = 'the answer is not HTTP; check that the port is the one that serves http or https'

/**
 * What Node, undici and OpenSSL report when a request gets no answer: the fault and its fix. The keys are error codes,
 * OpenSSL's reasons (the codes made from them differ between versions), and the names or messages of errors without a code.
 */
const faults: Readonly<Record<string, string>> = {
  // The host
  ENOTFOUND: 'the host name was not found; check its spelling, and the DNS settings of this machine',
  EAI_AGAIN: 'the host name could not be looked up; check that the DNS server of this machine answers',
  EHOSTUNREACH: `the host cannot be reached; ${unreachable}`,
  ENETUNREACH: `the network cannot be reached; ${unreachable}`,
  'bad port': 'fetch blocks this port; serve the provider on another port, such as 443 or 8443',

  // The connection
  ECONNREFUSED: 'the connection was refused; check the address and port, and that the provider is running',
  ECONNRESET: 'the connection was reset; check the port, and the firewalls and proxies on the way',
  EPIPE: 'the connection was closed during the request; check the firewalls and proxies on the way',
  UND_ERR_SOCKET:
    'the connection was closed before the answer was complete; check that http or https fits the port, and whether the server requires a client certificate',
  ETIMEDOUT: noConnection,
  UND_ERR_CONNECT_TIMEOUT: noConnection,
  EMFILE: 'this process has too many open files; raise its limit (ulimit -n)',

  // The proxy that NODE_USE_ENV_PROXY or options.fetch puts in between
  UND_ERR_ABORTED:
    'the request was broken off, as when a proxy refuses it; check HTTPS_PROXY, with its user name and password, and NO_PROXY',
  UND_ERR_PRX_TLS:
    "TLS with the proxy failed; check that HTTPS_PROXY has the right scheme, and the proxy's certificate",

  // The certificate
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: issuerMissing,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: issuerMissing,
  UNABLE_TO_GET_ISSUER_CERT: issuerMissing,
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its TLS certificate is self-signed; use one from a trusted authority, or set NODE_EXTRA_CA_CERTS to the file with this certificate',
  SELF_SIGNED_CERT_IN_CHAIN: `its TLS certificate comes from an authority that is not trusted here; ${anotherAuthority}`,
  CERT_HAS_EXPIRED:
    "its TLS certificate, or an issuer's, has expired; renew it there, or set this machine's clock if it is ahead",
  CERT_NOT_YET_VALID:
    "its TLS certificate, or an issuer's, is not valid yet; set this machine's clock if it is behind, or replace the certificate",
  CERT_REVOKED: 'its TLS certificate is revoked; replace it there',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its TLS certificate is for another host name; use a host name that the certificate lists, or issue one for this host',

  // The TLS handshake
  'wrong version number': noTls,
  'packet length too long': noTls,
  'http request': noTls,
  'tlsv1 alert protocol version': oldProtocol,
  'unsupported protocol': oldProtocol,
  'unsafe legacy renegotiation disabled': oldProtocol,
  'dh key too small': weakServer,
  'ee key too small': weakServer,
  'ssl/tls alert handshake failure': handshakeRefused,
  'sslv3 alert handshake failure': handshakeRefused,
  'tlsv13 alert certificate required': clientCertificate,
  'ssl/tls alert bad certificate': clientCertificate,
  'sslv3 alert bad certificate': clientCertificate,
  'tlsv1 alert unknown ca': clientCertificate,
  'tlsv1 unrecognized name': unknownName,
  'tlsv1 alert unrecognized name': unknownName,
  EPROTO: 'the TLS handshake failed; check that the port serves https, and its TLS settings',

  // The answer
  UND_ERR_HEADERS_TIMEOUT: lateAnswer,
  UND_ERR_BODY_TIMEOUT: lateAnswer,
  UND_ERR_HEADERS_OVERFLOW: largeHeaders,
  HPE_HEADER_OVERFLOW: largeHeaders,
  HTTPParserError: notHttp,
}

/** What an error of the network or of TLS means, with its fix, or `undefined` if it is not a known one. */
export function networkFault(error: Error, code: string): string | undefined {
  const keys = [openSslReason(error), code, code === '' ? error.message : '', error.name]
  const key = keys.find(candidate => Object.hasOwn(faults, candidate))
  return key && faults[key]
}

/** `…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:…` */
function openSslReason({ message }: Error): string {
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? ''
}
