//! `varint`: `ByteUtils`.

use super::{field, hex, same};
use millrace_records::varint::{read_unsigned_varint, read_varint, read_varlong};
use millrace_records::varint::{
    size_of_varint, size_of_varlong, write_unsigned_varint, write_varint, write_varlong,
};
use serde_json::{Value, json};

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    let value = field(input, "value");
    // Longs are texts, lest somebody reads them as doubles.
    let value = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let value = value.ok_or_else(|| format!("not modelled: {input}"))?;
    let expected =
        expected.as_object().filter(|fields| !fields.is_empty()).ok_or("not modelled: no answer")?;
    for (name, expected) in expected {
        let int = || i32::try_from(value).map_err(|_| format!("not modelled: {value} as an int"));
        let mut out = Vec::new();
        let found = match name.as_str() {
            "varint" => {
                write_varint(int()?, &mut out);
                again(name, read_varint(&mut &out[..]), int()?)?;
                json!(hex(&out))
            }
            "unsigned_varint" => {
                write_unsigned_varint(int()?.cast_unsigned(), &mut out);
                again(name, read_unsigned_varint(&mut &out[..]), int()?.cast_unsigned())?;
                json!(hex(&out))
            }
            "varlong" => {
                write_varlong(value, &mut out);
                again(name, read_varlong(&mut &out[..]), value)?;
                json!(hex(&out))
            }
            "size_of_varint" => json!(size_of_varint(int()?)),
            "size_of_varlong" => json!(size_of_varlong(value)),
            _ => return Err(format!("not modelled: {name}")),
        };
        same(name, expected, &found)?;
    }
    Ok(())
}

fn again<T: PartialEq, E: std::fmt::Debug>(name: &str, read: Result<T, E>, written: T) -> Result<(), String> {
    match read {
        Ok(read) if read == written => Ok(()),
        Ok(_) => Err(format!("{name}: another number is read than was written")),
        Err(error) => Err(format!("{name}: what was written is not read: {error:?}")),
    }
}
