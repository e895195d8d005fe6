import { plainInterface } from '@suanpan/dubbo'

/** The same as java/src/main/java/hello/IUserService.java. */
export const userService = plainInterface({
  name: 'hello.IUserService',
  methods: {
    sayHello: { parameters: ['String'], result: 'String', idempotent: true },
  },
})
