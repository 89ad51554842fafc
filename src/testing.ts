export type { IssueAccessTokenOptions } from './testing/access-token.ts'
export { type DpopCaller, dpopCaller, type ProvenRequest } from './testing/dpop-caller.ts'
export { type SignInOptions, signIn, type TestAgent, type TestAnswer } from './testing/sign-in.ts'
export { type SignedInOptions, signedIn, signedOut, type TestClaims } from './testing/signed-in.ts'
export {
  type StoreContractOptions,
  storeContract,
  type TestRunner,
} from './testing/store-contract.ts'
export { type TestProvider, type TestProviderOptions, testProvider } from './testing/test-provider.ts'
