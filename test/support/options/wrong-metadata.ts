import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** Members of a registration that no app may ask for, each with the rule that the message states. */
export const wrongMetadata: readonly (readonly [path: string, rule: string, options: object])[] = [
  ['metadata.redirect_uris', 'must not be null', { metadata: { redirect_uris: null } }],
  ['metadata.x_plan', 'must be a value that JSON can hold', { metadata: { x_plan: () => 'canary-secret' } }],
  ['metadata.x_plan', 'must be a value that JSON can hold', { metadata: { x_plan: [{ seats: 3n }] } }],
  ['metadata.x_plan', 'must be a value that JSON can hold', { metadata: { x_plan: new Date(0) } }],
  [
    'metadata.__proto__',
    'must be a value that JSON can hold',
    { metadata: Object.fromEntries([['__proto__', Symbol('canary-secret')]]) },
  ],
  [
    'client.privateKey',
    'must be an object that JSON can hold',
    { client: { clientId: 'a', privateKey: { kty: 'RSA', d: () => 'canary-secret' } } },
  ],
  [
    'metadata.token_endpoint_auth_method',
    'must be one of',
    { metadata: { token_endpoint_auth_method: 'attest_jwt_client_auth' } },
  ],
  [
    'metadata.token_endpoint_auth_signing_alg',
    'must be one of HS256',
    {
      metadata: {
        token_endpoint_auth_method: 'client_secret_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
      },
    },
  ],
  [
    'metadata.token_endpoint_auth_signing_alg',
    'must be one of',
    { metadata: { token_endpoint_auth_signing_alg: 'HS256' } },
  ],
  [
    'metadata.id_token_signed_response_alg',
    'must be one of',
    { metadata: { id_token_signed_response_alg: 'none' } },
  ],
  [
    'metadata.userinfo_signed_response_alg',
    'must be one of',
    { metadata: { userinfo_signed_response_alg: 'HS256' } },
  ],
  [
    'metadata.id_token_encrypted_response_alg',
    'must be one of ECDH-ES, ',
    { metadata: { id_token_encrypted_response_alg: 'RSA1_5' } },
  ],
  [
    'metadata.userinfo_encrypted_response_enc',
    'needs userinfo_encrypted_response_alg beside it',
    { metadata: { userinfo_encrypted_response_enc: 'A256GCM' } },
  ],
  [
    'metadata.id_token_encrypted_response_enc',
    'must be one of A256GCM, ',
    { metadata: { id_token_encrypted_response_alg: 'ECDH-ES', id_token_encrypted_response_enc: 'A1GCM' } },
  ],
  [
    'metadata.introspection_encrypted_response_alg',
    'must be left out, because this library does not decrypt introspections',
    { metadata: { introspection_encrypted_response_alg: 'RSA-OAEP' } },
  ],
  ['metadata.response_types', 'must contain code', { metadata: { response_types: ['id_token'] } }],
  ['metadata.grant_types', 'must contain authorization_code', { metadata: { grant_types: ['implicit'] } }],
  [
    'metadata.require_signed_request_object',
    'must be true or false',
    { metadata: { require_signed_request_object: 'true' } },
  ],
  [
    'metadata.dpop_bound_access_tokens',
    'must be true or false',
    { metadata: { dpop_bound_access_tokens: 'true' as never } },
  ],
  ['metadata.client_name', 'must be a string', { metadata: { client_name: 7 } }],
  [
    'metadata.tls_client_certificate_bound_access_tokens',
    'must be true or false',
    { metadata: { tls_client_certificate_bound_access_tokens: 'true' } },
  ],
  [
    'metadata.token_endpoint_auth_method',
    'must not be self_signed_tls_client_auth, because',
    { metadata: { token_endpoint_auth_method: 'self_signed_tls_client_auth' } },
  ],
  ...besideClient(),
  ...decryptionKeys(),
]

/** What cannot be said of a client that was made by hand. */
function besideClient(): readonly (readonly [path: string, rule: string, options: object])[] {
  const secret = { clientId: 'a', clientSecret: 'canary-secret' }
  const key = { clientId: 'a', privateKey: { kty: 'EC', alg: 'ES256' } }
  return [
    ['metadata', 'must not contain jwks', { client: secret, metadata: { jwks: { keys: [] } } }],
    ['metadata', 'must not contain jwks', { client: key, metadata: { jwks_uri: 'https://app.test/jwks' } }],
    ['metadata.client_secret', 'is set by', { client: secret, metadata: { client_secret: 'canary-secret' } }],
    [
      'metadata.id_token_signed_response_alg',
      'must be one of',
      { client: secret, metadata: { id_token_signed_response_alg: 'HS256' } },
    ],
    [
      'metadata.token_endpoint_auth_method',
      'must match the credentials',
      { client: secret, metadata: { token_endpoint_auth_method: 'private_key_jwt' } },
    ],
    [
      'metadata.token_endpoint_auth_method',
      'must be the same as options.client.authenticationMethod',
      {
        client: { ...secret, authenticationMethod: 'client_secret_jwt' },
        metadata: { token_endpoint_auth_method: 'client_secret_post' },
      },
    ],
    [
      'metadata.token_endpoint_auth_signing_alg',
      'must be the alg of options.client.privateKey',
      { client: key, metadata: { token_endpoint_auth_signing_alg: 'PS256' } },
    ],
    [
      'metadata.redirect_uris',
      'must contain https://app.test/callback',
      { client: secret, metadata: { redirect_uris: ['https://app.test/cb'] } },
    ],
  ]
}

/** Keys that cannot open what the provider encrypts. */
function decryptionKeys(): readonly (readonly [path: string, rule: string, options: object])[] {
  const metadata = { id_token_encrypted_response_alg: 'ECDH-ES' }
  const ecKey = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  const rsaKey = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
  const { d: _, ...publicKey } = ecKey
  const signing = jwkOf(generateKeyPairSync('ed25519'))
  const short = jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }))
  const withKeys = (keys: unknown, more: object = metadata) => ({
    client: { clientId: 'a', clientSecret: 'canary-secret', decryptionKeys: keys },
    metadata: more,
  })
  const first = 'client.decryptionKeys[0]'
  return [
    ['client.decryptionKeys', 'is required, because options.metadata say', { ...withKeys(undefined) }],
    ['client.decryptionKeys', 'must be an array of private keys', withKeys(ecKey)],
    ['client.decryptionKeys', 'must be an array of private keys', withKeys([])],
    ['client.decryptionKeys', 'must be an array of private keys', withKeys(['canary-secret'])],
    ['client.decryptionKeys', 'needs to know what the provider encrypts', withKeys([ecKey], {})],
    [first, 'must be a private key in JWK format', withKeys([publicKey])],
    [first, 'must be a private key in JWK format', withKeys([{ kty: 'oct', k: 'canary-secret' }])],
    [
      first,
      'must be a private key in JWK format',
      withKeys([short], { id_token_encrypted_response_alg: 'RSA-OAEP' }),
    ],
    [first, 'has a use other than enc', withKeys([{ ...ecKey, use: 'sig' }])],
    [first, 'must be an RSA key, or one of the curves', withKeys([signing])],
    [first, 'must be an RSA key, or one of the curves', withKeys([{ ...ecKey, alg: 'RSA1_5' }])],
    [first, 'does not fit ECDH-ES', withKeys([rsaKey])],
    [
      'client.decryptionKeys[1]',
      'does not fit ECDH-ES',
      withKeys([ecKey, { ...ecKey, alg: 'ECDH-ES+A256KW' }]),
    ],
    [
      'client.decryptionKeys',
      'has no key for RSA-OAEP',
      withKeys([ecKey], { ...metadata, userinfo_encrypted_response_alg: 'RSA-OAEP' }),
    ],
  ]
}

function jwkOf({ privateKey }: { readonly privateKey: KeyObject }): Readonly<Record<string, unknown>> {
  return { ...privateKey.export({ format: 'jwk' }) }
}
