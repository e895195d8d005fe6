/** The parts of a descriptor (`buf build`, as JSON) from which a sample value can be made. */
export interface FieldDescriptor {
  readonly name: string
  readonly jsonName: string
  readonly number: number
  readonly type: string
  readonly label?: string
  readonly typeName?: string
}

export interface FileDescriptor {
  readonly package: string
  readonly messageType?: readonly { readonly name: string; readonly field?: readonly FieldDescriptor[] }[]
  readonly enumType?: readonly { readonly name: string; readonly value: readonly { readonly name: string }[] }[]
}

/** Above 32 bits and no power of two, so that a truncated or misread number shows. */
const int64Base = 1_099_511_627_776

/** Makes, for a message's full name, a value in which every field is set and no two fields look alike. */
export function createSampler(files: readonly FileDescriptor[]): (fullName: string) => unknown {
  const fieldsOf = new Map<string, readonly FieldDescriptor[]>(
    files.flatMap((file) => (file.messageType ?? []).map(({ name, field }) => [`.${file.package}.${name}`, field ?? []] as const)),
  )
  const lastValueOf = new Map<string, string | undefined>(
    files.flatMap((file) => (file.enumType ?? []).map(({ name, value }) => [`.${file.package}.${name}`, value.at(-1)?.name] as const)),
  )

  function sampleOne(field: FieldDescriptor, index: number): unknown {
    switch (field.type) {
      case 'TYPE_STRING':
        return `${field.name} 第${index + 1}`
      case 'TYPE_INT64':
        return int64Base + field.number * 10 + index
      case 'TYPE_INT32':
        return 300 + field.number * 10 + index
      case 'TYPE_DOUBLE':
        return field.number / 8 + index
      case 'TYPE_BOOL':
        return true
      case 'TYPE_BYTES':
        // Bytes that are no text.
        return Uint8Array.from([0, 255, field.number, index])
      case 'TYPE_ENUM':
        return lastValueOf.get(field.typeName ?? '')
      case 'TYPE_MESSAGE':
        return sampleMessage(field.typeName ?? '')
      default:
        throw new Error(`no sample for a field of ${field.type}: add one here`)
    }
  }

  function sampleMessage(typeName: string): unknown {
    const fields = fieldsOf.get(typeName)
    if (fields === undefined) throw new Error(`no message ${typeName} in the descriptors`)
    return Object.fromEntries(
      fields.map((field) => [field.jsonName, field.label === 'LABEL_REPEATED' ? [sampleOne(field, 0), sampleOne(field, 1)] : sampleOne(field, 0)]),
    )
  }

  return (fullName) => sampleMessage(`.${fullName}`)
}
