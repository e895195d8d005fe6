export { createUserService, userSchema, type UserService, type UserServiceOptions } from './service.ts'
