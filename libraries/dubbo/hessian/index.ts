export { createDecoder } from './decode.ts'
export { createEncoder, type HessianEncoder } from './encode.ts'
export { defaultLimits, HessianError, JavaDouble, JavaObject, type HessianLimits, type HessianValue } from './values.ts'
