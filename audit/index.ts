export { runAudit, type AuditCheck, type AuditOptions, type AuditReport, type AuditViolation } from './audit.ts'
export { effectHolders, type EffectHolder } from './rules.ts'
